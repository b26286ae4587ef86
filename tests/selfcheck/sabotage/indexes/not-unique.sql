-- life:     The unique index was built again without "unique", because duplicates were in the way.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_provider_configs_provider_environment
drop index public.idx_ai_provider_configs_provider_environment;
create index idx_ai_provider_configs_provider_environment
  on public.ai_provider_configs (provider, environment);
