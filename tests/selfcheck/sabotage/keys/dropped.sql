-- life:     The foreign key was dropped for a restore, and samples of runs that are gone pile up.
-- catches:  keys-match-contract, target-matches-the-reference
-- object:   public.ai_eval_samples.run_id
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey;
