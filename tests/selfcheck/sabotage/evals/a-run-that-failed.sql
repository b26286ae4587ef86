-- life:     The newest run says that it failed, and its samples look good.
-- warns:    newest-eval-run-keeps-its-thresholds
-- start:    traffic
update public.ai_eval_runs set status = 'failed';
