-- life:     Somebody routed "qa", an environment that the release doesn't know.
-- catches:  routing-rows-fit-the-checks
-- object:   public.ai_provider_configs id 2 environment
-- start:    before half-applied
insert into public.ai_provider_configs (id, provider, environment)
overriding system value values (2, 'openai', 'qa');
