-- life:     A rollback by hand cleared the default, and the statement that sets the other one failed.
-- catches:  one-default-per-environment, overlay-rows-are-in-place
-- object:   prod
update public.ai_provider_configs set is_default = false;
