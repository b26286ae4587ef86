-- life:     The training examples lost their primary key in a partitioning attempt.
-- catches:  training-id-can-be-referenced
-- object:   public.ai_training_examples.id
-- start:    before clean
alter table public.ai_training_examples drop constraint ai_training_examples_pkey;
