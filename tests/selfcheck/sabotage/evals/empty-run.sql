-- life:     The newest run passed on no sample at all.
-- warns:    finished-runs-are-whole, newest-eval-run-keeps-its-thresholds
-- start:    traffic
-- object:   run 019c5f00-0000-7000-8000-000000000003
insert into public.ai_eval_runs (run_id, run_type, status, started_at, finished_at)
values ('019c5f00-0000-7000-8000-000000000003', 'canary', 'passed', now() - interval '2 minutes', now());
