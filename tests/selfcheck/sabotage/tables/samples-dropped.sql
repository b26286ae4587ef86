-- life:     "drop table ... cascade" on the samples takes the view along without a word.
-- catches:  columns-match-contract, eval-objects-exist, eval-view-agrees-with-samples,
--           eval-view-computes-the-contract, eval-view-has-its-columns, foreign-keys-are-enforced, indexes-match-contract,
--           keys-match-contract, no-grants-to-outsiders, no-policies-open-to-everyone,
--           row-level-security-is-on, samples-carry-their-routing, sequences-are-ahead, service-role-can-work, tables-exist,
--           target-matches-the-reference, timestamp-defaults-are-instants, views-are-security-invoker
-- warns:    finished-runs-are-whole
-- object:   public.ai_eval_samples
drop table public.ai_eval_samples cascade;
