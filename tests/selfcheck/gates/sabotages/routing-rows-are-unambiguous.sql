-- case:     a-provider-twice
-- object:   public.ai_provider_configs id 1
-- start:    before half-applied
-- severity: warning
insert into public.ai_provider_configs (provider, environment, updated_at)
values ('custom', 'prod', now() + interval '1 hour');

-- case:     two-defaults
-- object:   public.ai_provider_configs id 2
-- start:    before half-applied
-- severity: warning
insert into public.ai_provider_configs (provider, environment, is_default, updated_at)
values ('openai', 'prod', true, now() - interval '1 hour');
