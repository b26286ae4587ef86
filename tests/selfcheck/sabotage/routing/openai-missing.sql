-- life:     openai's row was deleted while custom was tried alone: there is nobody to fall back to.
-- catches:  one-default-per-environment, overlay-rows-are-in-place
-- object:   prod/openai
delete from public.ai_provider_configs where provider = 'openai';
