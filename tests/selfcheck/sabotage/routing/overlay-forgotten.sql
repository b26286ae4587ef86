-- life:     The base migration was pasted and the overlay was not: prod runs on the seed's values.
-- catches:  overlay-rows-are-in-place
-- object:   prod/openai
update public.ai_provider_configs set metadata = '{}';
