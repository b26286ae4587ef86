-- life:     A copy of the check from before custom existed refuses every row that custom serves.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_selected_provider_check
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider = 'openai');
