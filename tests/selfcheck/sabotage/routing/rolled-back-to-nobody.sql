-- life:     The rollback ran where openai has no row, and nobody serves.
-- catches:  rollback-leaves-openai-alone
-- object:   prod/openai
-- start:    rolled-back
delete from public.ai_provider_configs where provider = 'openai';
