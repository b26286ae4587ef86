-- life:     A grant to PUBLIC for a dashboard reaches anon, too.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_eval_run_summary_v1 to public
grant select on public.ai_eval_run_summary_v1 to public;
