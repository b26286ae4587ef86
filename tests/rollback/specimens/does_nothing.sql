select provider, environment, enabled, is_default, weight from public.ai_provider_configs;
