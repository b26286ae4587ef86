-- life:     A Phase 1 text column has a limited length.
-- start:    before open-grants
alter table public.ai_training_examples alter column model type varchar(200);
