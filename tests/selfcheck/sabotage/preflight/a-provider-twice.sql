-- life:     Two people added custom's row, and the newer one will win.
-- warns:    routing-rows-are-unambiguous
-- object:   public.ai_provider_configs id 1
-- start:    before half-applied
insert into public.ai_provider_configs (provider, environment, updated_at)
values ('custom', 'prod', now() + interval '1 hour');
