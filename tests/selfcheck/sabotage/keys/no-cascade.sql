-- life:     The foreign key was made again without "on delete cascade": old runs can't be deleted.
-- catches:  keys-match-contract, target-matches-the-reference
-- object:   public.ai_eval_samples.ai_eval_samples_run_id_fkey
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_run_id_fkey
  foreign key (run_id) references public.ai_eval_runs;
