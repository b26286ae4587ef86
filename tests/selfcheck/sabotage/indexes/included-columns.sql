-- life:     A covering index was tried out under the contract's name and left there.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_eval_samples_run_id
drop index public.idx_ai_eval_samples_run_id;
create index idx_ai_eval_samples_run_id on public.ai_eval_samples (run_id) include (latency_ms);
