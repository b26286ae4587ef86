-- life:     The runs were renamed for an archive, and the nightly ingest has no table.
-- catches:  checks-match-contract, columns-match-contract, eval-layout-is-known, eval-objects-exist,
--           eval-view-agrees-with-samples, eval-view-computes-the-contract, eval-view-has-its-columns,
--           foreign-keys-are-enforced, indexes-match-contract, keys-match-contract, no-grants-to-outsiders,
--           no-policies-open-to-everyone, release-names-are-free, row-level-security-is-on,
--           samples-carry-their-routing, service-role-can-work, tables-exist, target-matches-the-reference,
--           timestamp-defaults-are-instants
-- warns:    finished-runs-are-whole
-- object:   public.ai_eval_runs
alter table public.ai_eval_runs rename to runs;
