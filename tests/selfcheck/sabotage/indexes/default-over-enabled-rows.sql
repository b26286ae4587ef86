-- life:     "and enabled" was added to the predicate, and two defaults are possible while one is off.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where is_default and enabled;
