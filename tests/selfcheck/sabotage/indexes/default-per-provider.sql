-- life:     The provider slipped into the unique index, so each provider may be the default.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment, provider) where is_default;
