-- life:     The view was simplified for a dashboard that only needs the ids.
-- catches:  eval-view-agrees-with-samples, eval-view-computes-the-contract, eval-view-has-its-columns,
--           newest-eval-run-keeps-its-thresholds, service-role-can-work, target-matches-the-reference,
--           views-are-security-invoker
-- warns:    newest-eval-run-is-fresh
-- object:   public.ai_eval_run_summary_v1.fallback_rate
drop view public.ai_eval_run_summary_v1;
create view public.ai_eval_run_summary_v1 as select run_id from public.ai_eval_runs;
