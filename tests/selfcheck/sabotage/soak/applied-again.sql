-- life:     The overlay was applied again two hours ago: what was soaked before is not what runs.
-- holds:    soak-has-lasted
update public.ai_provider_configs set updated_at = now() - interval '2 hours';
