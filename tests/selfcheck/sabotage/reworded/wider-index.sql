-- life:     A wider index serves the foreign key as well.
-- catches:  target-matches-the-reference
drop index public.idx_ai_eval_samples_training_example_id;
create index on public.ai_eval_samples (training_example_id, created_at);
