-- life:     Dev routes, with one default of its own, in the staging project.
-- topology: staging
insert into public.ai_provider_configs (provider, environment, is_default)
values ('openai', 'dev', true), ('custom', 'dev', false);
