-- life:     A dev row that is off was marked as default in the one database.
-- catches:  only-prod-routes
-- warns:    default-is-enabled-with-weight
-- object:   dev/openai
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled, is_default)
values ('openai', 'dev', false, true);
