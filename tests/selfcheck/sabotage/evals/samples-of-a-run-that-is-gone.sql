-- life:     The foreign key was dropped for a bulk delete of runs, and their samples are nobody's.
-- catches:  eval-view-agrees-with-samples, foreign-keys-are-enforced, keys-match-contract, target-matches-the-reference
-- warns:    newest-eval-run-is-fresh, newest-eval-run-keeps-its-thresholds
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey;
delete from public.ai_eval_runs;
