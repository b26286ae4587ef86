-- life:     The soak ran on a weekend without a single request.
-- holds:    guardrails-hold, new-records-are-complete
delete from public.ai_training_examples where created_at > now() - interval '25 hours';
