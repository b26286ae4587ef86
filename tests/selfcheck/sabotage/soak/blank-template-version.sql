-- life:     A template version of one space, from a template engine.
-- catches:  new-records-are-complete
update public.ai_training_examples set prompt_template_version = ' '
where created_at = now() - interval '5 hours';
