-- title:    the eval tables have one of the two known layouts, both of them the same, or are not there yet
-- prevents: a rollout that stops before its last steps, or an ingest that writes one layout into the other:
--           `create table if not exists` keeps whatever is there
-- section:  1.1, 2.1
-- checks:   PF-1, PF-2
-- severity: error
-- phase:    preflight
-- evidence: preflight-tables, preflight-columns

with expected (relation, layout, columns) as (
  values
    ('ai_eval_runs', 'v2', array['run_id', 'run_type', 'status', 'started_at']),
    ('ai_eval_runs', 'sitecraft', array[
      'id', 'run_type', 'status', 'dataset_ref', 'provider', 'model', 'prompt_set_version', 'metrics',
      'metadata', 'started_at', 'completed_at']),
    ('ai_eval_samples', 'v2', array[
      'id', 'run_id', 'request_id', 'requested_provider', 'selected_provider', 'route_strategy',
      'fallback_used', 'latency_ms', 'schema_valid', 'patch_apply_success', 'edited_after_generate',
      'published_within_7d', 'safety_html_tailwind_compliant', 'created_at', 'metadata']),
    ('ai_eval_samples', 'sitecraft', array[
      'run_id', 'sample_key', 'prompt_hash', 'provider', 'model', 'latency_ms', 'schema_valid',
      'patch_apply_success', 'edited_after_generate', 'published_within_7d',
      'safety_html_tailwind_compliant', 'metadata', 'created_at'])
),
present as (
  select c.relname as relation, array_agg(a.attname::text order by a.attnum) as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.oid in (to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
  group by c.relname
),
found as (
  select
    relation,
    columns,
    case
      when relation = 'ai_eval_runs' and columns @> array['run_id', 'completed_at']
        then 'a mixture of v2 and sitecraft'
      when relation = 'ai_eval_runs' and columns @> array['run_id'] then 'v2'
      when relation = 'ai_eval_runs' and columns @> array['id', 'completed_at'] then 'sitecraft'
      when relation = 'ai_eval_samples' and columns @> array['sample_key'] then 'sitecraft'
      when relation = 'ai_eval_samples' and columns @> array['run_id'] then 'v2'
      else 'neither v2 nor sitecraft'
    end as layout
  from present
)
select
  'public.' || f.relation as object,
  'found ' || f.layout || ' (' || array_to_string(f.columns, ', ') || '), needed v2 or sitecraft' as detail,
  'move the table out of the way: alter table public.' || f.relation || ' rename to ' || f.relation || '_old;'
    as remedy
from found f
where f.layout not in ('v2', 'sitecraft')
union all
select
  'public.' || f.relation,
  'found ' || f.layout || ' without ' || array_to_string(array(
    select missing from unnest(e.columns) missing where missing <> all (f.columns)), ', ')
    || ', needed every column of that layout',
  'add what is missing, or move the table out of the way so that the base migration makes a whole one'
from found f
join expected e using (relation, layout)
where not f.columns @> e.columns
union all
select
  'public.ai_eval_samples',
  'found ai_eval_runs: ' || coalesce(runs.layout, 'absent') || ', ai_eval_samples: '
    || coalesce(samples.layout, 'absent') || '; needed the same layout in both',
  'move the table that is out of line aside, then run the preflight again'
from (select * from found where relation = 'ai_eval_runs') runs
full join (select * from found where relation = 'ai_eval_samples') samples on true
where samples.layout is distinct from runs.layout
  and not (runs.layout = 'v2' and samples.layout is null)  -- the base migration makes these samples
order by object;
