-- life:     custom is slow for an hour, and the 95th percentile with it.
-- catches:  guardrails-hold
update public.ai_training_examples set latency_ms = 46000
where created_at between now() - interval '6 hours' and now() - interval '5 hours' and latency_ms % 9 = 0;
