-- life:     Somebody "rolled back" by deleting all routing rows.
-- catches:  rollback-leaves-openai-alone
-- object:   prod/openai
-- start:    rolled-back
delete from public.ai_provider_configs;
