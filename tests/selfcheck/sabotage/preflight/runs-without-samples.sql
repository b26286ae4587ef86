-- life:     The samples were dropped to save space, and the runs of the old layout are still there.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_samples
-- start:    before sitecraft
drop table public.ai_eval_samples;
