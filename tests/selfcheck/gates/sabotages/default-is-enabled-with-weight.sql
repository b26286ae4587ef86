-- case:     off
-- object:   prod/openai
update public.ai_provider_configs set enabled = false where is_default;

-- case:     weighs-nothing
-- object:   prod/openai
update public.ai_provider_configs set weight = 0 where is_default;

-- case:     off-where-nobody-asks
-- object:   prod/openai
-- topology: staging
-- severity: warning
update public.ai_provider_configs set enabled = false where environment = 'prod';
