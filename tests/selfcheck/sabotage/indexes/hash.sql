-- life:     The index was built as hash, and can't be found by what expects a btree.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_training_examples_request_id
drop index public.idx_ai_training_examples_request_id;
create index idx_ai_training_examples_request_id
  on public.ai_training_examples using hash (request_id) where request_id is not null;
