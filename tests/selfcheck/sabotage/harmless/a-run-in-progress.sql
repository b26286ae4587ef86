-- life:     Somebody asks the gates while the nightly evals run.
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type) values (gen_random_uuid(), 'shadow');
