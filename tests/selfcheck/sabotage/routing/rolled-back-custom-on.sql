-- life:     After the rollback a cron job of the feature-flag sync switches custom on again.
-- catches:  rollback-leaves-openai-alone
-- object:   prod/custom
-- start:    rolled-back
update public.ai_provider_configs set enabled = true where provider = 'custom';
