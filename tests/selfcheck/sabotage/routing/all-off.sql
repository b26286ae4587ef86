-- life:     During an incident both providers of staging are switched off, and afterwards nobody switches one
--           on.
-- catches:  default-is-enabled-with-weight, environment-has-a-provider, overlay-rows-are-in-place
-- object:   staging
-- topology: staging
update public.ai_provider_configs set enabled = false where environment = 'staging';
