-- life:     The view is replaced once more, with a filter that a colleague needed.
-- catches:  eval-view-computes-the-contract
-- topology: prod
do $$ begin
  execute 'create or replace view public.ai_eval_run_summary_v1 with (security_invoker = true) as '
    || replace(pg_get_viewdef('public.ai_eval_run_summary_v1'), 'WHERE (', 'WHERE s_1.schema_valid AND (');
end $$;
