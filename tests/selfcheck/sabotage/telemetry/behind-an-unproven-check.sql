-- life:     A check that was never validated hides old rows that break it.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.selected_provider
-- start:    before half-applied
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
update public.ai_training_examples set selected_provider = 'acme' where source = 'patch';
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider in ('openai', 'custom')) not valid;
