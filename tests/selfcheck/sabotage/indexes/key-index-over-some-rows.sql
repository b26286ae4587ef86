-- life:     A partial index saved space, and doesn't serve the foreign key.
-- catches:  target-matches-the-reference
-- warns:    foreign-keys-are-indexed
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
drop index public.idx_ai_eval_samples_training_example_id;
create index on public.ai_eval_samples (training_example_id) where schema_valid;
