-- life:     After a rollback of staging, dev routes as before.
-- start:    rolled-back
-- topology: staging
insert into public.ai_provider_configs (provider, environment) values ('custom', 'dev');
