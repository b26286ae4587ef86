-- life:     All the release's objects belong to another role, the one that applied them.
do $$ declare name text; begin
  foreach name in array array['ai_provider_configs', 'ai_eval_runs', 'ai_eval_samples', 'ai_eval_run_summary_v1'] loop
    execute format('alter table public.%I owner to service_role', name);
  end loop;
end $$;
