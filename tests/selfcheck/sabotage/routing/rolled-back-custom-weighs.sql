-- life:     A trigger puts custom's weight back, and it is one click away from traffic.
-- catches:  rollback-leaves-openai-alone
-- object:   staging/custom
-- start:    rolled-back
-- topology: staging
update public.ai_provider_configs set weight = 20 where provider = 'custom';
