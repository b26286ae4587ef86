-- case:     finished-and-still-running
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
-- severity: warning
update public.ai_eval_runs set status = 'running';

-- case:     passed-without-samples
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
-- severity: warning
delete from public.ai_eval_samples;

-- case:     sitecraft-completed-without-samples
-- object:   run 018d0000-0000-7000-8000-000000000001
-- start:    after sitecraft
-- severity: warning
delete from public.ai_eval_samples;
