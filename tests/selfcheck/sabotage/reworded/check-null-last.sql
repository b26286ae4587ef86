-- life:     The null comes last instead of first.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider in ('openai', 'custom') or selected_provider is null);
