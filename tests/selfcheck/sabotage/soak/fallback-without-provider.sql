-- life:     A fallback is recorded, and not to whom.
-- catches:  new-records-are-complete
update public.ai_training_examples set fallback_used = true, fallback_provider = null
where created_at = now() - interval '5 hours';
