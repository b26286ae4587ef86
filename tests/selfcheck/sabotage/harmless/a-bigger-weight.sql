-- life:     custom has proven itself and gets as much as openai.
-- start:    traffic
update public.ai_provider_configs set weight = 100 where provider = 'custom' and environment = 'prod';
