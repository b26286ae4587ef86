-- life:     For an hour the answers hold markup that the sanitizer refuses.
-- catches:  guardrails-hold
update public.ai_training_examples set metadata = metadata || '{"safetyHtmlTailwindCompliant": false}'
where created_at between now() - interval '6 hours' and now() - interval '5 hours';
