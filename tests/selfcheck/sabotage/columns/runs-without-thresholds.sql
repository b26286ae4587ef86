-- life:     The runs keep no thresholds, so nobody can say later what a run was measured by.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_eval_runs.thresholds
alter table public.ai_eval_runs drop column thresholds;
