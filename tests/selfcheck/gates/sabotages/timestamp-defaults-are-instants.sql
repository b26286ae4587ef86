-- case:     off-by-the-offset
-- object:   public.ai_provider_configs.updated_at
alter table public.ai_provider_configs alter column updated_at set default timezone('utc', now());

-- case:     off-by-the-offset-in-other-words
-- object:   public.ai_eval_samples.created_at
alter table public.ai_eval_samples alter column created_at set default (now() at time zone 'utc');

-- case:     local-time
-- object:   public.ai_eval_runs.started_at
alter table public.ai_eval_runs alter column started_at set default localtimestamp;

-- case:     the-day-it-was-made
-- object:   public.ai_provider_configs.created_at
alter table public.ai_provider_configs alter column created_at set default 'now'::timestamptz;

-- case:     phase-1-own-column
-- object:   public.ai_training_examples.created_at
-- severity: warning
alter table public.ai_training_examples alter column created_at set default timezone('utc', now());
