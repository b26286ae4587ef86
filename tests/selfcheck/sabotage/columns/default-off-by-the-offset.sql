-- life:     timezone('utc', now()) as a default is right in UTC, and off by hours in a session that isn't.
-- catches:  target-matches-the-reference, timestamp-defaults-are-instants
-- object:   public.ai_provider_configs.updated_at
alter table public.ai_provider_configs alter column updated_at set default timezone('utc', now());
