-- life:     An older project grants all new tables to anon: the view was made again there, and is open.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_eval_run_summary_v1 to anon
-- start:    traffic
alter default privileges in schema public grant select on tables to anon;
do $$ declare definition text := pg_get_viewdef('public.ai_eval_run_summary_v1'); begin
  drop view public.ai_eval_run_summary_v1;
  execute 'create view public.ai_eval_run_summary_v1 with (security_invoker = true) as ' || definition;
end $$;
grant select on public.ai_eval_run_summary_v1 to service_role;
