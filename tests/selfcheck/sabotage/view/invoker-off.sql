-- life:     security_invoker was switched off to get a dashboard going.
-- catches:  target-matches-the-reference, views-are-security-invoker
-- object:   public.ai_eval_run_summary_v1
alter view public.ai_eval_run_summary_v1 set (security_invoker = off);
