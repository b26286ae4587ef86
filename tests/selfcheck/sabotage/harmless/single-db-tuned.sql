-- life:     In the one database custom gets a smaller share.
-- start:    traffic
-- topology: single-db
update public.ai_provider_configs set weight = 1, updated_at = now() where provider = 'custom';
