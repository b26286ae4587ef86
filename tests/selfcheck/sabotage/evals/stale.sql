-- life:     The nightly evals have stopped, and last month's figures speak for this release.
-- warns:    newest-eval-run-is-fresh
-- start:    traffic
update public.ai_eval_runs
set started_at = started_at - interval '40 days', finished_at = finished_at - interval '40 days';
