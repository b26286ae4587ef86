-- life:     The index has its two columns the other way round and serves another question.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_eval_samples_run_provider
drop index public.idx_ai_eval_samples_run_provider;
create index idx_ai_eval_samples_run_provider on public.ai_eval_samples (selected_provider, run_id);
