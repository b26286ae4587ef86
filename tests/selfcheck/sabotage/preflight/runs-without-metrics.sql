-- life:     An old product database lost the metrics of its runs in a clean-up, and fits neither layout.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_runs
-- start:    before sitecraft
alter table public.ai_eval_runs drop column metrics;
