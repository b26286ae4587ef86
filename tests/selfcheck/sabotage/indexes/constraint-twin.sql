-- life:     The older table had a unique constraint of its own, and now carries both.
-- warns:    no-duplicate-indexes, target-matches-the-reference
-- object:   public.older
alter table public.ai_provider_configs add constraint older unique (provider, environment);
