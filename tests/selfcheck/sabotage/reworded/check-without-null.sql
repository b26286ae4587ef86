-- life:     "is null or" is left out: a check accepts null anyway.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider in ('openai', 'custom'));
