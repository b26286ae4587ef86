    insert into public.ai_eval_samples
      (run_id, training_example_id, request_id, requested_provider, selected_provider, route_strategy,
       fallback_used, latency_ms, schema_valid, patch_apply_success, edited_after_generate,
       published_within_7d, safety_html_tailwind_compliant, metadata)
    select
      current_setting('rollgate.eval_run')::uuid, e.id, s.request_id, k.requested_provider,
      k.selected_provider, k.route_strategy, k.fallback_used, s.latency_ms, k.schema_valid,
      k.patch_apply_success, k.edited_after_generate, k.published_within_7d,
      k.safety_html_tailwind_compliant,
      jsonb_strip_nulls(jsonb_build_object('recordId', s.record_id, 'defaulted', k.defaulted))
    from {samples}
    join {kinds} on k.kind = s.kind
    left join public.ai_training_examples e on e.id = {link}
