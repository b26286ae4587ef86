-- life:     The primary key of the runs was dropped "cascade" to rebuild it, and the samples' key went with
--           it.
-- catches:  keys-match-contract, target-matches-the-reference
-- object:   public.ai_eval_runs.run_id
alter table public.ai_eval_runs drop constraint ai_eval_runs_pkey cascade;
