-- life:     "where is_default is true" is "where is_default".
-- catches:  target-matches-the-reference
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where is_default is true;
