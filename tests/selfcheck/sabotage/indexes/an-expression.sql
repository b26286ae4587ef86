-- life:     The index is over lower(selected_provider), and no query asks for that.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_eval_samples_run_provider
drop index public.idx_ai_eval_samples_run_provider;
create index idx_ai_eval_samples_run_provider on public.ai_eval_samples (run_id, lower(selected_provider));
