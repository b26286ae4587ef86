-- The eval metrics of the last day, computed where the rows are: for more of them than one wants to export.
-- Read-only; paste it as it is, or change the window. The same figures as export, report and summary view.
--
-- An outcome that `metadata` lacks counts as its default, and is counted in defaulted. Rows with a value of a
-- wrong type are left out, and counted in rows_left_out: the export refuses them.

with bounds as (
  select now() - interval '1 day' as since, now() as until
),
raw as (
  select
    e.fallback_used,
    e.latency_ms,
    case when jsonb_typeof(m.schema_valid) = 'null' then null else m.schema_valid end as schema_valid,
    case when jsonb_typeof(m.patch_apply_success) = 'null' then null else m.patch_apply_success end
      as patch_apply_success,
    case when jsonb_typeof(m.edited_after_generate) = 'null' then null else m.edited_after_generate end
      as edited_after_generate,
    case when jsonb_typeof(m.published_within_7d) = 'null' then null else m.published_within_7d end
      as published_within_7d,
    case when jsonb_typeof(m.safety) = 'null' then null else m.safety end as safety,
    case when e.fallback_used is null and jsonb_typeof(m.fallback_used) <> 'null' then m.fallback_used end
      as told_fallback,
    case when e.latency_ms is null and jsonb_typeof(m.latency_ms) <> 'null' then m.latency_ms end
      as told_latency
  from public.ai_training_examples e
  cross join bounds b
  cross join lateral (
    select
      e.metadata -> 'schemaValid' as schema_valid, e.metadata -> 'patchApplySuccess' as patch_apply_success,
      e.metadata -> 'editedAfterGenerate' as edited_after_generate,
      e.metadata -> 'publishedWithin7d' as published_within_7d,
      e.metadata -> 'safetyHtmlTailwindCompliant' as safety,
      e.metadata -> 'fallbackUsed' as fallback_used, e.metadata -> 'latencyMs' as latency_ms
  ) m
  where e.source in ('generation', 'generation_cached') and e.created_at >= b.since and e.created_at <= b.until
),
typed as (
  select
    r.*,
    'boolean' = all (array(
      select jsonb_typeof(t.value)
      from unnest(array[schema_valid, patch_apply_success, edited_after_generate, published_within_7d, safety,
                        told_fallback]) as t (value)
      where t.value is not null))
    and coalesce(latency_ms >= 0, true)
    and case when told_latency is null then true
          when jsonb_typeof(told_latency) = 'number' then told_latency::numeric between 0 and 2147483647
          else false end as is_record
  from raw r
),
records as (
  select
    schema_valid::boolean, patch_apply_success::boolean, edited_after_generate::boolean,
    published_within_7d::boolean, safety::boolean, coalesce(fallback_used, told_fallback::boolean) as fallback_used,
    coalesce(latency_ms, ceil(told_latency::numeric))::double precision as latency_ms
  from typed
  where is_record
)
select
  count(*) as total_records,
  avg(coalesce(schema_valid, true)::integer)::double precision as schema_valid_rate,
  avg(coalesce(patch_apply_success, true)::integer)::double precision as patch_apply_success,
  avg(coalesce(edited_after_generate, false)::integer)::double precision as edit_after_generate_rate,
  avg(coalesce(published_within_7d, false)::integer)::double precision as publish_conversion_proxy,
  avg(coalesce(safety, true)::integer)::double precision as safety_html_tailwind_compliance,
  avg(coalesce(fallback_used, false)::integer)::double precision as fallback_rate,
  percentile_cont(0.95) within group (order by latency_ms) as p95_latency_ms,
  jsonb_build_object(
    'schema_valid', count(*) - count(schema_valid),
    'patch_apply_success', count(*) - count(patch_apply_success),
    'edited_after_generate', count(*) - count(edited_after_generate),
    'published_within_7d', count(*) - count(published_within_7d),
    'safety_html_tailwind_compliant', count(*) - count(safety),
    'fallback_used', count(*) - count(fallback_used)) as defaulted,
  count(*) - count(latency_ms) as without_latency,
  (select count(*) from typed where not is_record) as rows_left_out
from records;
