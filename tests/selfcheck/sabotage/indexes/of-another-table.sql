-- life:     The index's name was taken by another table, and "if not exists" skipped the real one.
-- catches:  indexes-match-contract, release-names-are-free, target-matches-the-reference
-- object:   public.idx_ai_eval_samples_run_id
drop index public.idx_ai_eval_samples_run_id;
create table public.samples (run_id uuid);
create index idx_ai_eval_samples_run_id on public.samples (run_id);
