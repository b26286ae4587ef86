-- life:     The files were applied a second time, in doubt.
-- start:    traffic
update public.ai_provider_configs set updated_at = updated_at;
