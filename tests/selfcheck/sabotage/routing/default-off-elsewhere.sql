-- life:     The staging project still has prod rows of the base migration, and their default is off.
-- warns:    default-is-enabled-with-weight
-- object:   prod/openai
-- topology: staging
update public.ai_provider_configs set enabled = false where environment = 'prod';
