-- life:     The view was dropped and made again, and its grant wasn't.
-- catches:  service-role-can-work, target-matches-the-reference
-- object:   public.ai_eval_run_summary_v1
revoke select on public.ai_eval_run_summary_v1 from service_role;
