-- life:     An older product database got the new word for a passed run, and readers that wait for
--           "completed" miss it.
-- catches:  checks-match-contract
-- object:   public.ai_eval_runs.ai_eval_runs_status_check
-- start:    after sitecraft
alter table public.ai_eval_runs drop constraint ai_eval_runs_status_check;
alter table public.ai_eval_runs add constraint ai_eval_runs_status_check
  check (status in ('running', 'completed', 'failed', 'passed'));
