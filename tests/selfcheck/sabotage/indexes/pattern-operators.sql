-- life:     The index was made for "like", with operators that an "order by" can't use.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_training_examples_route_created
drop index public.idx_ai_training_examples_route_created;
create index idx_ai_training_examples_route_created
  on public.ai_training_examples (route_strategy text_pattern_ops, created_at desc);
