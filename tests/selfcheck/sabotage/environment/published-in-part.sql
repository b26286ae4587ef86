-- life:     The routing table was published with the two columns that a dashboard shows: every update is refused.
-- catches:  published-rows-can-be-updated
-- object:   public.ai_provider_configs
create publication dashboard for table public.ai_provider_configs (provider, weight);
