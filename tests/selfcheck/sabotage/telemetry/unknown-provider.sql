-- life:     Rows of an interrupted rollout name a provider that the new check refuses.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.selected_provider
-- start:    before half-applied
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
update public.ai_training_examples set selected_provider = 'acme';
