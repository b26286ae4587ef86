-- life:     The summary was remade as a materialized view of the ids alone.
-- catches:  eval-objects-exist, eval-view-agrees-with-samples, eval-view-computes-the-contract,
--           eval-view-has-its-columns, newest-eval-run-keeps-its-thresholds, release-names-are-free,
--           service-role-can-work, target-matches-the-reference, views-are-security-invoker
-- warns:    newest-eval-run-is-fresh
-- object:   public.ai_eval_run_summary_v1
drop view public.ai_eval_run_summary_v1;
create materialized view public.ai_eval_run_summary_v1 as select run_id from public.ai_eval_runs;
