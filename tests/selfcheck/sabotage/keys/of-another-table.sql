-- life:     The key refers to a copy of the examples that an import has left behind.
-- catches:  keys-match-contract, target-matches-the-reference
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
create table public.examples (id uuid primary key);
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.examples on delete set null;
