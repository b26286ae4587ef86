-- life:     A role for dashboards may read the eval tables.
do $$ begin
  if not exists (select from pg_roles where rolname = 'gates_reader') then
    create role gates_reader;
  end if;
end $$;
grant select on public.ai_eval_runs, public.ai_eval_samples, public.ai_eval_run_summary_v1 to gates_reader;
