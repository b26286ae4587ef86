-- life:     An ingest was killed, and its run has been running for three days.
-- warns:    newest-eval-run-is-fresh
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type, started_at)
values ('019c5f00-0000-7000-8000-000000000003', 'canary', now() - interval '3 days');
