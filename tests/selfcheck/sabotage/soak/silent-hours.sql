-- life:     The runtime was down for two hours of the soak, and nobody saw it.
-- holds:    new-records-are-complete
delete from public.ai_training_examples
where created_at between now() - interval '6 hours' and now() - interval '4 hours';
