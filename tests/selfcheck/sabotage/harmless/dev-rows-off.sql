-- life:     A dev row that is off stands by.
insert into public.ai_provider_configs (provider, environment, enabled) values ('custom', 'dev', false);
