-- life:     "create or replace view" without its option: the view reads with its owner's rights.
-- catches:  target-matches-the-reference, views-are-security-invoker
-- object:   public.ai_eval_run_summary_v1
alter view public.ai_eval_run_summary_v1 reset (security_invoker);
