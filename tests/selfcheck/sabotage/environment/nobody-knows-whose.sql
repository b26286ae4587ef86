-- life:     The database behind the DSN routes staging alone, and no overlay has left its mark there.
-- catches:  environment-has-a-provider, one-default-per-environment, overlay-rows-are-in-place
-- holds:    target-is-of-its-environment
-- start:    after clean
-- topology: prod
update public.ai_provider_configs set environment = 'staging', metadata = '{}';
