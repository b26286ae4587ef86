-- life:     The older table never kept a second default out, and it has two.
-- warns:    routing-rows-are-unambiguous
-- object:   public.ai_provider_configs id 2
-- start:    before half-applied
insert into public.ai_provider_configs (id, provider, environment, is_default, updated_at)
overriding system value values (2, 'openai', 'prod', true, now() - interval '1 hour');
