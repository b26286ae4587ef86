-- life:     Metadata was imported as text, and every outcome that the evals read is out of reach.
-- catches:  phase1-columns-have-their-types
-- object:   public.ai_training_examples.metadata
-- start:    before open-grants
alter table public.ai_training_examples alter column metadata drop default, alter column metadata type text;
