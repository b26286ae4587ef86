-- life:     A column that looked unused was dropped in a clean-up, and its index with it.
-- catches:  columns-match-contract, indexes-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.request_id
alter table public.ai_training_examples drop column request_id;
