-- life:     Training examples from before the rollout say nothing of a provider.
-- start:    traffic
insert into public.ai_training_examples (source, prompt, provider, output_site_json, created_at)
select 'generation', 'a site', 'openai', '{}', now() - interval '90 days' from generate_series(1, 500);
