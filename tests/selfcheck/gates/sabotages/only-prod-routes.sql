-- case:     staging-is-on
-- object:   staging/custom
-- topology: single-db
insert into public.ai_provider_configs (provider, environment) values ('custom', 'staging');

-- case:     dev-has-a-default
-- object:   dev/openai
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled, is_default)
values ('openai', 'dev', false, true);
