-- life:     The training examples' id is unique by constraint, not by primary key.
-- start:    before bigint-id
alter table public.ai_training_examples drop constraint ai_training_examples_pkey;
alter table public.ai_training_examples add unique (id);
