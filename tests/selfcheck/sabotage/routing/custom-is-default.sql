-- life:     custom was made the default for an afternoon, and the afternoon never ended.
-- catches:  overlay-rows-are-in-place
-- object:   prod/custom
update public.ai_provider_configs set is_default = false;
update public.ai_provider_configs set is_default = true where provider = 'custom';
