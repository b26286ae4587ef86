-- life:     Phase 1's created_at has no time zone on this project, so a day of soak is not a day.
-- catches:  phase1-columns-have-their-types
-- object:   public.ai_training_examples.created_at
-- start:    before clean
alter table public.ai_training_examples alter column created_at type timestamp;
