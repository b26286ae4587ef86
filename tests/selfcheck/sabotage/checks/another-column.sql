-- life:     A check was copied, and the column's name in it was not changed.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_requested_provider_check
alter table public.ai_training_examples drop constraint ai_training_examples_requested_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_requested_provider_check
  check (selected_provider in ('openai', 'custom'));
