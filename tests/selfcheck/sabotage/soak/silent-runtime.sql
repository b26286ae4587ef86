-- life:     The old runtime still runs: it writes none of the new columns, and the defaults look as if it
--           had.
-- catches:  new-records-are-complete
-- holds:    guardrails-hold
update public.ai_training_examples
set selected_provider = null, requested_provider = null, request_id = null, route_strategy = default,
    fallback_provider = null, fallback_used = default, prompt_template_version = default, latency_ms = null
where created_at > now() - interval '25 hours';
