-- life:     'now'::timestamptz is evaluated once, when the column is made: every row is as old as the table.
-- catches:  target-matches-the-reference, timestamp-defaults-are-instants
-- object:   public.ai_provider_configs.created_at
alter table public.ai_provider_configs alter column created_at set default 'now'::timestamptz;
