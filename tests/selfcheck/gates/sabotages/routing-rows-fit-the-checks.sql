-- case:     unknown-provider
-- object:   public.ai_provider_configs id 2 provider
-- start:    before half-applied
insert into public.ai_provider_configs (provider) values ('acme');

-- case:     unknown-environment
-- object:   public.ai_provider_configs id 2 environment
-- start:    before half-applied
insert into public.ai_provider_configs (provider, environment) values ('openai', 'qa');

-- case:     negative-weight
-- object:   public.ai_provider_configs id 1 weight
-- start:    before narrow-configs
update public.ai_provider_configs set weight = -1 where id = 1;

-- case:     timeout-too-short
-- object:   public.ai_provider_configs id 1 timeout_ms
-- start:    before half-applied
update public.ai_provider_configs set timeout_ms = 999;

-- case:     timeout-too-long
-- object:   public.ai_provider_configs id 1 timeout_ms
-- start:    before half-applied
update public.ai_provider_configs set timeout_ms = 180001;

-- case:     too-many-retries
-- object:   public.ai_provider_configs id 1 max_retries
-- start:    before half-applied
update public.ai_provider_configs set max_retries = 4;

-- case:     no-provider
-- object:   public.ai_provider_configs id 1 provider
-- start:    before half-applied
alter table public.ai_provider_configs alter column provider drop not null;
update public.ai_provider_configs set provider = null;
