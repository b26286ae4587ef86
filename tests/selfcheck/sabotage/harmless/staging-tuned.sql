-- life:     In staging custom gets a bigger share and one retry.
-- start:    traffic
-- topology: staging
update public.ai_provider_configs set weight = 60, timeout_ms = 90000, updated_at = now() where provider = 'custom';
