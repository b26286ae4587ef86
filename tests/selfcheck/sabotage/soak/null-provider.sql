-- life:     One request in three thousand is recorded without who answered it.
-- catches:  new-records-are-complete
update public.ai_training_examples set selected_provider = null
where created_at = now() - interval '5 hours';
