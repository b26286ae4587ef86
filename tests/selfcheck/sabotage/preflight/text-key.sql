-- life:     The training examples' key is text on one project, and the samples can't refer to it.
-- catches:  phase1-columns-have-their-types, training-id-can-be-referenced
-- object:   public.ai_training_examples.id
-- start:    before clean
alter table public.ai_training_examples alter column id drop default, alter column id type text;
