-- life:     current_timestamp and its like are instants, as now() is.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs alter column created_at set default current_timestamp,
  alter column updated_at set default clock_timestamp();
alter table public.ai_eval_runs alter column started_at set default current_timestamp(3);
alter table public.ai_eval_samples alter column created_at set default transaction_timestamp();
alter table public.ai_training_examples alter column created_at set default statement_timestamp();
