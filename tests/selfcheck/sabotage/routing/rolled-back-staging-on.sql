-- life:     The rollback for two projects was pasted into the one database, and switches staging on.
-- catches:  rollback-leaves-openai-alone
-- object:   staging/openai
-- start:    rolled-back
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled) values ('openai', 'staging', true);
