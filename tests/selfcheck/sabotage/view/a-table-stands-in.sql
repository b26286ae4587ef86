-- life:     A dashboard's export made a table with the view's name, which stays as it was that day.
-- catches:  eval-objects-exist, eval-view-agrees-with-samples, eval-view-computes-the-contract,
--           eval-view-has-its-columns, newest-eval-run-keeps-its-thresholds, release-names-are-free,
--           service-role-can-work, target-matches-the-reference
-- warns:    newest-eval-run-is-fresh
-- object:   public.ai_eval_run_summary_v1
drop view public.ai_eval_run_summary_v1;
create table public.ai_eval_run_summary_v1 (run_id uuid);
