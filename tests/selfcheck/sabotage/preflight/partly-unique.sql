-- life:     The key's uniqueness was limited to some sources, and no foreign key can use it.
-- catches:  training-id-can-be-referenced
-- object:   public.ai_training_examples.id
-- start:    before clean
alter table public.ai_training_examples drop constraint ai_training_examples_pkey;
create unique index on public.ai_training_examples (id) where source = 'patch';
