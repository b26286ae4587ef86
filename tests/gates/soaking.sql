-- A quiet soak, for a rehearsal: 25 hours of traffic that keeps every rule, and the days before them.

update public.ai_provider_configs
set created_at = now() - interval '9 days', updated_at = now() - interval '9 days';

insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, model, output_site_json, metadata,
   request_id, requested_provider, selected_provider, route_strategy, fallback_provider, fallback_used,
   latency_ms, prompt_template_version, created_at)
select
  case when n % 4 = 0 then 'generation_cached' else 'generation' end,
  md5(n::text), 'a site for request ' || n, 'openai', 'model-1', '{"pages": 1}',
  '{"schemaValid": true, "safetyHtmlTailwindCompliant": true, "patchApplySuccess": true}',
  gen_random_uuid(), 'openai', 'openai', case when n % 10 = 0 then 'fallback' else 'weighted' end,
  case when n % 10 = 0 then 'custom' end, n % 10 = 0,
  800 + n % 997, 'v1', now() - n * interval '30 seconds'
from generate_series(1, 25 * 120) as n;

-- What the runtime wrote before the release.
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, model, output_site_json, created_at)
select
  'generation', md5(n::text), 'a site for case ' || n, 'openai', 'model-1', '{"pages": 1}',
  now() - interval '25 hours' - n * interval '20 minutes'
from generate_series(1, 8 * 72) as n;
