-- life:     The predicate is negated: one row that is not the default, and as many defaults as you like.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where not is_default;
