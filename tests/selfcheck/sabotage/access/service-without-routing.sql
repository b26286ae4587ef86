-- life:     A newer project grants nothing by default: the runtime gets 42501 for its routing.
-- catches:  service-role-can-work, target-matches-the-reference
-- object:   public.ai_provider_configs
revoke all on public.ai_provider_configs from service_role;
