-- life:     Phase 1's own created_at is off by the offset, so that a soak looks at the wrong day.
-- warns:    timestamp-defaults-are-instants
-- object:   public.ai_training_examples.created_at
alter table public.ai_training_examples alter column created_at set default timezone('utc', now());
