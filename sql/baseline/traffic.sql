-- For a rehearsal, after the migration and the overlay: what the runtime and the nightly evals would write.

insert into public.ai_training_examples
  (source, site_id, prompt_hash, prompt, provider, model, output_site_json, metadata,
   request_id, requested_provider, selected_provider, route_strategy, fallback_provider, fallback_used,
   latency_ms, prompt_template_version, created_at)
select
  case when n % 4 = 0 then 'generation_cached' else 'generation' end,
  null, md5(n::text), 'a site for request ' || n,
  case when n % 10 = 0 then 'custom' else 'openai' end, 'model-' || n % 3,
  jsonb_build_object('pages', n), '{"schemaValid": true}',
  gen_random_uuid(), 'openai',
  case when n % 10 = 0 then 'custom' else 'openai' end,
  case when n % 10 = 0 then 'fallback' else 'weighted' end,
  case when n % 10 = 0 then 'custom' end,
  n % 10 = 0,
  800 + n * 7, 'v1',
  now() - make_interval(mins => n)
from generate_series(1, 60) as n;

-- A run id that sorts by time (UUIDv7), as the ingest makes them.
insert into public.ai_eval_runs (run_id, run_type, triggered_by, status, started_at, finished_at)
values ('019c5f00-0000-7000-8000-000000000001', 'canary', 'rehearsal', 'passed',
        now() - interval '10 minutes', now() - interval '5 minutes');

insert into public.ai_eval_samples
  (run_id, training_example_id, request_id, requested_provider, selected_provider, route_strategy,
   fallback_used, latency_ms, schema_valid, patch_apply_success, edited_after_generate,
   published_within_7d, safety_html_tailwind_compliant, created_at)
select
  '019c5f00-0000-7000-8000-000000000001', e.id, e.request_id, e.requested_provider, e.selected_provider,
  e.route_strategy, e.fallback_used, e.latency_ms, true, true, e.latency_ms % 2 = 0, e.latency_ms % 3 = 0,
  true, now() - interval '6 minutes'
from public.ai_training_examples e
where e.selected_provider is not null;
