-- life:     An index of the release's name is on another table, so "if not exists" would skip it.
-- catches:  release-names-are-free
-- object:   public.idx_ai_eval_samples_run_id
-- start:    before clean
create index idx_ai_eval_samples_run_id on public.ai_training_examples (source);
