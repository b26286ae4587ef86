-- life:     The runs were archived under another name, and the samples were forgotten.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_samples
-- start:    before sitecraft
alter table public.ai_eval_runs rename to old_runs;
