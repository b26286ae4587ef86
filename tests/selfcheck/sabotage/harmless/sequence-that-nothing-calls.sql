-- life:     The sequence of a serial column stayed, owned by it, when the column became an identity.
-- start:    traffic
create sequence public.old_numbers owned by public.ai_provider_configs.id;
