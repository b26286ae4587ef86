-- life:     custom was switched off after a bad answer, and the soak measures openai alone.
-- catches:  overlay-rows-are-in-place
-- object:   prod/custom
-- topology: single-db
update public.ai_provider_configs set enabled = false where provider = 'custom';
