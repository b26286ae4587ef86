-- life:     Rows of staging and dev in the one database are off, with the weights they had.
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled, weight)
values ('openai', 'staging', false, 100), ('custom', 'dev', false, 20);
