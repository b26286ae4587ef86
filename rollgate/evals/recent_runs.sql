-- The last runs with samples and what the summary view says of them, the oldest first: the trend. `gates` is
-- what the run's own judge said, because a default counts in the view and is no evidence.
with latest as (
  select
    coalesce(r.run_id::text, r.id::text)::uuid as run_id,
    coalesce(r.finished_at, r.completed_at, r.started_at) as at,
    case when jsonb_typeof(r.metadata -> 'gates') = 'object' then r.metadata ->> 'gates' end as gates
  from (
    select
      null::uuid as run_id, null::uuid as id,
      null::timestamptz as finished_at, null::timestamptz as completed_at
  ) absent
  cross join lateral (
    select run_id, id, started_at, finished_at, completed_at, metadata from public.ai_eval_runs
  ) r
  order by 2 desc nulls last
  limit 30
)
select
  l.run_id, to_char(l.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, l.gates, v.total_records,
  v.schema_valid_rate, v.patch_apply_success, v.edit_after_generate_rate, v.publish_conversion_proxy,
  v.safety_html_tailwind_compliance, v.fallback_rate, v.p95_latency_ms
from latest l
join public.ai_eval_run_summary_v1 v on v.run_id = l.run_id
where v.run_id = any (array(select run_id from latest)) and v.total_records > 0 and l.at is not null
order by l.at, l.run_id;
