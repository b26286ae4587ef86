-- life:     A new model answers outside of the schema for an hour.
-- catches:  guardrails-hold
update public.ai_training_examples set metadata = metadata || '{"schemaValid": false}'
where created_at between now() - interval '6 hours' and now() - interval '5 hours';
