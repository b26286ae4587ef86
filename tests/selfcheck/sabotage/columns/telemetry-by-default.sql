-- life:     A default on selected_provider makes every row look as if the runtime had said who answered.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.selected_provider
alter table public.ai_training_examples alter column selected_provider set default 'openai';
