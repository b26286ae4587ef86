-- life:     The status of eval runs is unchecked, so a typo in it makes a run that is neither passed nor
--           failed.
-- catches:  target-matches-the-reference
-- warns:    checks-match-contract
-- object:   public.ai_eval_runs.status
alter table public.ai_eval_runs drop constraint ai_eval_runs_status_check;
