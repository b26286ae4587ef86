-- life:     Dev rows are enabled and none is the default: nobody is hurt until somebody routes dev.
-- warns:    one-default-per-environment
-- object:   dev
insert into public.ai_provider_configs (provider, environment) values ('openai', 'dev');
