-- life:     The eval table is from a draft that knew no canary runs: the nightly ingest is refused.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_eval_runs.ai_eval_runs_run_type_check
alter table public.ai_eval_runs drop constraint ai_eval_runs_run_type_check;
alter table public.ai_eval_runs add constraint ai_eval_runs_run_type_check
  check (run_type in ('offline', 'shadow'));
