-- life:     An advisor called the index unused and it was dropped: deleting a training example now scans all
--           samples.
-- catches:  target-matches-the-reference
-- warns:    foreign-keys-are-indexed
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
drop index public.idx_ai_eval_samples_training_example_id;
