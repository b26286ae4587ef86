-- life:     The newest eval run was aborted, and the gate would have to rely on an older one.
-- warns:    newest-eval-run-keeps-its-thresholds
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type, status, finished_at)
values (gen_random_uuid(), 'offline', 'aborted', now());
