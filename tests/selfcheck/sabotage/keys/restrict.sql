-- life:     "on delete restrict" keeps a customer's training example from being erased on request.
-- catches:  keys-match-contract, target-matches-the-reference
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.ai_training_examples on delete restrict;
