-- life:     The overlay of staging was forgotten: only the rows of prod, from the base migration, are there.
-- catches:  environment-has-a-provider, one-default-per-environment, overlay-rows-are-in-place
-- holds:    target-is-of-its-environment
-- object:   staging
-- topology: staging
delete from public.ai_provider_configs where environment = 'staging';
