-- life:     Some old examples have no source, and are in neither the generations nor the patches.
-- warns:    phase1-columns-have-their-types
-- object:   public.ai_training_examples.source
-- start:    before clean
alter table public.ai_training_examples alter column source drop not null;
