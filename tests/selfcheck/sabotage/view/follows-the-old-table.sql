-- life:     Samples were swapped for a fresh table by renaming, and the view still reads the old one.
-- catches:  eval-view-computes-the-contract, eval-view-has-its-columns, indexes-match-contract,
--           keys-match-contract, release-names-are-free, row-level-security-is-on, service-role-can-work,
--           target-matches-the-reference
-- object:   public.ai_eval_run_summary_v1
alter table public.ai_eval_samples rename to ai_eval_samples_old;
create table public.ai_eval_samples (like public.ai_eval_samples_old including all);
