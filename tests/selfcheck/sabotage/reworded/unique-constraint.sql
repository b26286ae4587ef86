-- life:     The unique index is there as a constraint.
-- warns:    target-matches-the-reference
drop index public.idx_ai_provider_configs_provider_environment;
alter table public.ai_provider_configs
  add constraint idx_ai_provider_configs_provider_environment unique (provider, environment);
