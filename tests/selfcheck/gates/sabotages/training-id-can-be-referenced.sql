-- case:     text-key
-- object:   public.ai_training_examples.id
-- start:    before clean
alter table public.ai_training_examples alter column id drop default, alter column id type text;

-- case:     no-key
-- object:   public.ai_training_examples.id
-- start:    before clean
alter table public.ai_training_examples drop constraint ai_training_examples_pkey;

-- case:     partly-unique
-- object:   public.ai_training_examples.id
-- start:    before clean
alter table public.ai_training_examples drop constraint ai_training_examples_pkey;
create unique index on public.ai_training_examples (id) where source = 'patch';

-- case:     samples-refer-with-another-type
-- object:   public.ai_eval_samples.training_example_id
-- start:    before sitecraft
alter table public.ai_eval_samples add column training_example_id bigint;
