-- life:     In the one database nobody is the default after an incident.
-- catches:  one-default-per-environment, overlay-rows-are-in-place
-- object:   prod
-- topology: single-db
update public.ai_provider_configs set is_default = false;
