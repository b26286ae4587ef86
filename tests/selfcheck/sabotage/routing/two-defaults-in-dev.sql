-- life:     The index was dropped while somebody played with dev rows, and two of them are the default.
-- catches:  indexes-match-contract, one-default-per-environment, target-matches-the-reference
-- warns:    routing-rows-are-unambiguous
-- object:   dev
drop index public.idx_ai_provider_configs_default_per_env;
insert into public.ai_provider_configs (provider, environment, is_default)
values ('openai', 'dev', true), ('custom', 'dev', true);
