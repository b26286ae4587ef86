-- life:     The index for the one default was built without its predicate, so it couldn't be unique and
--           isn't.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create index idx_ai_provider_configs_default_per_env on public.ai_provider_configs (environment);
