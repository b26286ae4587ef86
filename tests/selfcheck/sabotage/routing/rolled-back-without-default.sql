-- life:     The rollback set weights and flags, and the default was lost on the way.
-- catches:  rollback-leaves-openai-alone
-- object:   prod/openai
-- start:    rolled-back
-- topology: single-db
update public.ai_provider_configs set is_default = false;
