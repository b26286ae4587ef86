-- life:     The eval runs were deleted with the test data, and nothing is left to check the view by.
-- warns:    eval-view-agrees-with-samples, newest-eval-run-is-fresh, newest-eval-run-keeps-its-thresholds
-- object:   public.ai_eval_runs
-- start:    traffic
delete from public.ai_eval_runs;
