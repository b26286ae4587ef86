-- life:     One table was made again by another role, which now decides who may read it.
-- catches:  target-matches-the-reference
-- object:   owner public.ai_eval_runs
alter table public.ai_eval_runs owner to service_role;
