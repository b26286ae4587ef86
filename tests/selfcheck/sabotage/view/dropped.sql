-- life:     The summary view was dropped to change a column, and the second half of that change never came.
-- catches:  eval-objects-exist, eval-view-agrees-with-samples, eval-view-computes-the-contract,
--           eval-view-has-its-columns, no-grants-to-outsiders, service-role-can-work,
--           target-matches-the-reference, views-are-security-invoker
-- holds:    samples-carry-their-routing
-- warns:    finished-runs-are-whole
-- object:   public.ai_eval_run_summary_v1
drop view public.ai_eval_run_summary_v1;
