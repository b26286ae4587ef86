-- life:     An ingest died between its two updates: the run has an end and says that it is running.
-- warns:    finished-runs-are-whole, newest-eval-run-is-fresh, newest-eval-run-keeps-its-thresholds
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
update public.ai_eval_runs set status = 'running';
