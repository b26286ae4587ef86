-- The incident that a rollback is for: custom serves every environment, openai is off. One transaction, as one
-- query is: nobody sees an environment without a default.

update public.ai_provider_configs set enabled = false, is_default = false, weight = 0 where provider = 'openai';
update public.ai_provider_configs set enabled = true, is_default = true, weight = 90 where provider = 'custom';
