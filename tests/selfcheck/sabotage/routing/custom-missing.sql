-- life:     custom's row was deleted in the table editor, and the canary has no traffic.
-- catches:  overlay-rows-are-in-place
-- object:   staging/custom
-- topology: staging
delete from public.ai_provider_configs where provider = 'custom';
