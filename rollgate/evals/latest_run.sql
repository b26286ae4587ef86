-- The newest finished run, counted from its samples with none of the view's own means; `{ceiling}` is the
-- threshold of the p95. Both layouts: a name that the table lacks is the null of `absent`.
with runs as (
  select
    coalesce(r.run_id::text, r.id::text)::uuid as run_id, r.run_type, r.status, r.started_at,
    coalesce(r.finished_at, r.completed_at) as finished_at, r.metadata
  from (
    select
      null::uuid as run_id, null::uuid as id,
      null::timestamptz as finished_at, null::timestamptz as completed_at
  ) absent
  cross join lateral (
    select run_id, id, run_type, status, started_at, finished_at, completed_at, metadata
    from public.ai_eval_runs
  ) r
),
latest as (
  select * from runs
  where status <> 'running'
  order by finished_at desc nulls last, started_at desc nulls last, run_id desc
  limit 1
),
counted as (
  select
    count(*) as n,
    count(s.latency_ms) as latencies,
    count(*) filter (where s.latency_ms <= {ceiling}) as within,
    percentile_cont(0.95) within group (order by s.latency_ms) as p95_latency_ms,
    jsonb_build_object(
      'schema_valid', jsonb_build_array(
        count(*) filter (where s.schema_valid),
        count(*) filter (where s.schema_valid and not coalesce(d.names ? 'schema_valid', false)),
        count(*) filter (where not coalesce(d.names ? 'schema_valid', false))),
      'patch_apply_success', jsonb_build_array(
        count(*) filter (where s.patch_apply_success),
        count(*) filter (where s.patch_apply_success and not coalesce(d.names ? 'patch_apply_success', false)),
        count(*) filter (where not coalesce(d.names ? 'patch_apply_success', false))),
      'edited_after_generate', jsonb_build_array(
        count(*) filter (where s.edited_after_generate),
        count(*) filter (where s.edited_after_generate and not coalesce(d.names ? 'edited_after_generate', false)),
        count(*) filter (where not coalesce(d.names ? 'edited_after_generate', false))),
      'published_within_7d', jsonb_build_array(
        count(*) filter (where s.published_within_7d),
        count(*) filter (where s.published_within_7d and not coalesce(d.names ? 'published_within_7d', false)),
        count(*) filter (where not coalesce(d.names ? 'published_within_7d', false))),
      'safety_html_tailwind_compliant', jsonb_build_array(
        count(*) filter (where s.safety_html_tailwind_compliant),
        count(*) filter (where s.safety_html_tailwind_compliant
                           and not coalesce(d.names ? 'safety_html_tailwind_compliant', false)),
        count(*) filter (where not coalesce(d.names ? 'safety_html_tailwind_compliant', false))),
      'fallback_used', jsonb_build_array(
        count(*) filter (where s.fallback_used),
        count(*) filter (where s.fallback_used and not coalesce(d.names ? 'fallback_used', false)),
        count(*) filter (where not coalesce(d.names ? 'fallback_used', false)))) as outcomes
  from latest l
  join public.ai_eval_samples s on s.run_id = l.run_id
  cross join lateral (select s.metadata -> 'defaulted' as names) d
)
select
  l.run_id, l.run_type, l.status, l.started_at, l.finished_at, l.metadata ->> 'why' as why,
  extract(epoch from now() - coalesce(l.finished_at, l.started_at)) / 3600 as hours_old,
  c.n, c.latencies, c.within, c.p95_latency_ms, c.outcomes::text,
  (select count(*) from runs r where r.status = 'running' and r.started_at < now() - interval '1 day') as stuck
from latest l
cross join counted c;
