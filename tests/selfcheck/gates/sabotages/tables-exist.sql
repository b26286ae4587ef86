-- case:     no-routing-table
-- object:   public.ai_provider_configs
drop table public.ai_provider_configs;

-- case:     routing-is-a-view
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs rename to configs;
create view public.ai_provider_configs as select * from public.configs;

-- case:     unlogged-routing
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs set unlogged;
