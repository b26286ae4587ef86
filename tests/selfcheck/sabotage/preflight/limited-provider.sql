-- life:     The provider column of an interrupted rollout was made varchar(20) by another tool.
-- warns:    existing-columns-fit-the-release
-- object:   public.ai_training_examples.selected_provider
-- start:    before half-applied
alter table public.ai_training_examples alter column selected_provider type varchar(20);
