-- life:     In an older product database the fallback column was dropped "cascade", and took the summary view
--           along.
-- catches:  columns-match-contract, eval-objects-exist, eval-view-agrees-with-samples,
--           eval-view-computes-the-contract, eval-view-has-its-columns, newest-eval-run-keeps-its-thresholds,
--           no-grants-to-outsiders, samples-carry-their-routing, service-role-can-work,
--           target-matches-the-reference, views-are-security-invoker
-- warns:    finished-runs-are-whole, newest-eval-run-is-fresh
-- object:   public.ai_eval_samples.fallback_used
-- start:    after sitecraft
alter table public.ai_eval_samples drop column fallback_used cascade;
