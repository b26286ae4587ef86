-- life:     The table was restored without its data.
-- catches:  environment-has-a-provider, one-default-per-environment, overlay-rows-are-in-place
-- object:   prod
delete from public.ai_provider_configs;
