-- life:     The routing table was published for Realtime, with no replica identity: every update is refused.
-- catches:  published-rows-can-be-updated
-- object:   public.ai_provider_configs
create publication realtime for table public.ai_provider_configs;
alter table public.ai_provider_configs replica identity nothing;
