-- life:     The runtime goes on writing.
-- start:    traffic
insert into public.ai_training_examples
  (source, prompt, provider, output_site_json, request_id, requested_provider, selected_provider, route_strategy,
   latency_ms)
select 'generation', 'a site', 'openai', '{}', gen_random_uuid(), 'openai', 'openai', 'weighted', 900 + n from generate_series(1, 500) n;
