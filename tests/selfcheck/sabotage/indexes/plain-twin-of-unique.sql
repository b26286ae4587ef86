-- life:     A plain index was added beside the unique one over the same columns.
-- warns:    no-duplicate-indexes
-- object:   public.a_copy
create index a_copy on public.ai_provider_configs (provider, environment);
