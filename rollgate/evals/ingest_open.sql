do $open$
declare
  facts constant jsonb := nullif(current_setting('rollgate.eval_facts', true), '')::jsonb;
  wanted constant text := facts ->> 'layout';
  run constant jsonb := facts -> 'run';
  runs constant regclass := to_regclass('public.ai_eval_runs');
  samples constant regclass := to_regclass('public.ai_eval_samples');
  runs_have text[];
  samples_have text[];
  found text;
  there uuid;
  id_type text;
begin
  if facts is null then
    raise exception 'this is a part of an eval ingest: nothing was written'
      using errcode = 'invalid_transaction_state', hint = 'Paste the whole file at once.';
  end if;
  perform set_config('lock_timeout', '5s', true);
  runs_have := array(select attname::text from pg_catalog.pg_attribute
                     where attrelid = runs and attnum > 0 and not attisdropped);
  samples_have := array(select attname::text from pg_catalog.pg_attribute
                        where attrelid = samples and attnum > 0 and not attisdropped);
  found := case
    when runs is null or samples is null then 'no eval tables'
    when 'run_id' = any (runs_have) and not 'completed_at' = any (runs_have)
         and not 'sample_key' = any (samples_have) then 'v2'
    when 'id' = any (runs_have) and 'completed_at' = any (runs_have)
         and 'sample_key' = any (samples_have) then 'sitecraft'
    else 'neither the v2 nor the sitecraft layout'
  end;
  if found <> wanted then
    raise exception 'this file is for the % layout; found: %; nothing was written', wanted, found
      using errcode = 'object_not_in_prerequisite_state',
            hint = case when found in ('v2', 'sitecraft')
              then 'Generate it again with --schema-variant ' || found || '.'
              else 'Check which project this is; the base migration makes the eval tables.' end;
  end if;
  if not samples_have @> array['training_example_id', 'request_id', 'requested_provider', 'selected_provider',
                               'route_strategy', 'fallback_used']
     or to_regclass('public.ai_eval_run_summary_v1') is null then
    raise exception 'the eval tables lack what Phase 2 adds to them: nothing was written'
      using errcode = 'object_not_in_prerequisite_state', hint = 'Apply the base migration first.';
  end if;

  -- The same content is ingested once, also when two paste it at the same time.
  perform pg_advisory_xact_lock(('x' || left(run ->> 'digest', 16))::bit(64)::bigint);
  execute format('select %1$I from public.ai_eval_runs where %1$I = $1 or metadata ->> ''contentDigest'' = $2 limit 1',
                 case wanted when 'v2' then 'run_id' else 'id' end)
    into there using (run ->> 'run_id')::uuid, run ->> 'digest';
  perform set_config('rollgate.eval_run', coalesce(there::text, run ->> 'run_id'), true),
          set_config('rollgate.eval_state', case when there is null then 'new' else 'known' end, true);
  if there is not null then
    return;
  end if;

  -- How a record finds its training example: by a key of whatever type that table has.
  id_type := (select format_type(a.atttypid, null) from pg_catalog.pg_attribute a
              where a.attrelid = samples and a.attname = 'training_example_id' and not a.attisdropped);
  perform set_config('rollgate.eval_link', case
    when id_type = 'uuid' then
      $link$case when s.record_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then s.record_id::uuid end$link$
    when id_type in ('bigint', 'integer', 'smallint') then format(
      $link$case when s.record_id ~ '^(0|[1-9][0-9]{0,18})$' and length(s.record_id) < 20
        then case when s.record_id::numeric <= %s then s.record_id::%s end end$link$,
      case id_type when 'bigint' then 9223372036854775807 when 'integer' then 2147483647 else 32767 end, id_type)
    when id_type in ('text', 'character varying') then 's.record_id'
    else 'null::' || id_type
  end, true);

  if wanted = 'v2' then
    insert into public.ai_eval_runs
      (run_id, run_type, triggered_by, commit_sha, dataset_ref, thresholds, status, started_at, finished_at,
       metadata)
    values
      ((run ->> 'run_id')::uuid, run ->> 'run_type', run ->> 'triggered_by', run ->> 'commit_sha',
       run ->> 'dataset_ref', run -> 'thresholds', run ->> 'status', (run ->> 'started_at')::timestamptz,
       (run ->> 'finished_at')::timestamptz, run -> 'metadata');
  else
    insert into public.ai_eval_runs
      (id, run_type, status, dataset_ref, provider, metrics, metadata, started_at, completed_at)
    values
      ((run ->> 'run_id')::uuid, run ->> 'run_type', run ->> 'status', run ->> 'dataset_ref',
       run ->> 'provider', run -> 'metrics',
       run -> 'metadata' || jsonb_build_object(
         'triggeredBy', run -> 'triggered_by', 'commitSha', run -> 'commit_sha',
         'thresholds', run -> 'thresholds'),
       (run ->> 'started_at')::timestamptz, (run ->> 'finished_at')::timestamptz);
  end if;
end
$open$;
