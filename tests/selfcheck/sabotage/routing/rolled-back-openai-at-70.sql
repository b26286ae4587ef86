-- life:     openai keeps the weight of the canary's split after the rollback.
-- catches:  rollback-leaves-openai-alone
-- object:   prod/openai
-- start:    rolled-back
-- topology: staging
update public.ai_provider_configs set weight = 70 where provider = 'openai';
