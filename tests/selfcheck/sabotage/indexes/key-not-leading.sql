-- life:     The key's column was put behind another one in a combined index, where a delete can't use it.
-- catches:  target-matches-the-reference
-- warns:    foreign-keys-are-indexed
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
drop index public.idx_ai_eval_samples_training_example_id;
create index on public.ai_eval_samples (run_id, training_example_id);
