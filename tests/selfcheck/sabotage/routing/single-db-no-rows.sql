-- life:     A truncate that was meant for another table empties the routing of the one database.
-- catches:  environment-has-a-provider, one-default-per-environment, overlay-rows-are-in-place
-- object:   prod
-- topology: single-db
delete from public.ai_provider_configs;
