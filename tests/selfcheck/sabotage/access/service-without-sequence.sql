-- life:     The service may insert routing rows, and not draw their numbers.
-- catches:  service-role-can-work, target-matches-the-reference
-- object:   public.ai_provider_configs_id_seq
-- start:    after narrow-configs
revoke all on sequence public.ai_provider_configs_id_seq from service_role;
