    insert into public.ai_eval_samples
      (run_id, sample_key, prompt_hash, provider, model, training_example_id, request_id, requested_provider,
       selected_provider, route_strategy, fallback_used, latency_ms, schema_valid, patch_apply_success,
       edited_after_generate, published_within_7d, safety_html_tailwind_compliant, metadata)
    select
      current_setting('rollgate.eval_run')::uuid,
      -- A key of an index has at most some 2,700 bytes.
      case when octet_length(s.record_id) <= 1000 and s.record_id not like 'sha256:%' then s.record_id
        else 'sha256:' || encode(sha256(convert_to(s.record_id, 'UTF8')), 'hex') end,
      e.prompt_hash, k.selected_provider, e.model, e.id, s.request_id, k.requested_provider,
      k.selected_provider, k.route_strategy, k.fallback_used, s.latency_ms, k.schema_valid,
      k.patch_apply_success, k.edited_after_generate, k.published_within_7d,
      k.safety_html_tailwind_compliant,
      jsonb_build_object(
        'recordId', s.record_id, 'requestId', s.request_id, 'requestedProvider', k.requested_provider,
        'selectedProvider', k.selected_provider, 'routeStrategy', k.route_strategy,
        'fallbackUsed', k.fallback_used)
      || jsonb_strip_nulls(jsonb_build_object('defaulted', k.defaulted))
    from {samples}
    join {kinds} on k.kind = s.kind
    left join public.ai_training_examples e on e.id = {link}
