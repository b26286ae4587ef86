-- life:     The unique index was made a deferrable constraint, on which "on conflict" can't build.
-- catches:  indexes-match-contract
-- warns:    target-matches-the-reference
-- object:   public.idx_ai_provider_configs_provider_environment
drop index public.idx_ai_provider_configs_provider_environment;
alter table public.ai_provider_configs add constraint idx_ai_provider_configs_provider_environment
  unique (provider, environment) deferrable;
