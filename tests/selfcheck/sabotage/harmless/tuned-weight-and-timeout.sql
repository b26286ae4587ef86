-- life:     An operator gives custom a bigger weight and more time.
update public.ai_provider_configs set weight = weight + 7, timeout_ms = timeout_ms + 500, updated_at = now();
