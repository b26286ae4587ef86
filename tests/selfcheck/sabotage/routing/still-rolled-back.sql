-- life:     The rollback was rehearsed for real, and nobody applied the overlay again.
-- catches:  overlay-rows-are-in-place
-- object:   prod/custom
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0
where provider <> 'openai';
