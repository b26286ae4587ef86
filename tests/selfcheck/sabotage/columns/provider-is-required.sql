-- life:     Telemetry was made mandatory on all rows: saves and publishes, which have no provider, are
--           refused.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.selected_provider
update public.ai_training_examples set selected_provider = 'openai';
alter table public.ai_training_examples alter column selected_provider set not null;
