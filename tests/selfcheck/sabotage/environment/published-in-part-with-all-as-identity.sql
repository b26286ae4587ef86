-- life:     The whole row tells rows apart, and a part of it is published.
-- catches:  published-rows-can-be-updated
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs replica identity full;
create publication dashboard for table public.ai_provider_configs (id, provider, weight);
