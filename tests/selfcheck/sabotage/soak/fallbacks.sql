-- life:     custom fails for an hour, and every second request falls back.
-- catches:  guardrails-hold
update public.ai_training_examples set fallback_used = true, fallback_provider = 'openai'
where created_at between now() - interval '6 hours' and now() - interval '5 hours' and latency_ms % 2 = 0;
