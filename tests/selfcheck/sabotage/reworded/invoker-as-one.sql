-- life:     security_invoker = 1 means on.
-- catches:  target-matches-the-reference
alter view public.ai_eval_run_summary_v1 set (security_invoker = 1);
