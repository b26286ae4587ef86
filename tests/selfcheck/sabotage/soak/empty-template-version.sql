-- life:     A deploy without its configuration writes an empty template version.
-- catches:  new-records-are-complete
update public.ai_training_examples set prompt_template_version = ''
where created_at = now() - interval '5 hours';
