-- title:    the summary view says of each run what its samples say
-- prevents: a release decided on rates and latencies that the samples don't bear out
-- section:  5.4
-- checks:   EV-4
-- severity: error
-- phase:    verify
-- requires: public.ai_eval_runs, public.ai_eval_samples, public.ai_eval_run_summary_v1
-- evidence: latest-eval-runs

-- The key of a run is run_id in the v2 layout and id in sitecraft's: the name that a table lacks is the null
-- of `absent`.
with runs as (
  select coalesce(r.run_id::text, r.id::text)::uuid as run_id, r.started_at
  from (select null::uuid as run_id, null::uuid as id) absent
  cross join lateral (select run_id, id, started_at from public.ai_eval_runs) r
),
latest as (
  select run_id from runs order by started_at desc nulls last, run_id desc limit 50
),
-- Recomputed with none of the view's own means.
counted as (
  select
    l.run_id,
    count(s.run_id) as total_records,
    sum(case when s.schema_valid then 1 when not s.schema_valid then 0 end)::numeric
      / nullif(count(s.schema_valid), 0) as schema_valid_rate,
    sum(case when s.patch_apply_success then 1 when not s.patch_apply_success then 0 end)::numeric
      / nullif(count(s.patch_apply_success), 0) as patch_apply_success,
    sum(case when s.edited_after_generate then 1 when not s.edited_after_generate then 0 end)::numeric
      / nullif(count(s.edited_after_generate), 0) as edit_after_generate_rate,
    sum(case when s.published_within_7d then 1 when not s.published_within_7d then 0 end)::numeric
      / nullif(count(s.published_within_7d), 0) as publish_conversion_proxy,
    sum(case when s.safety_html_tailwind_compliant then 1
          when not s.safety_html_tailwind_compliant then 0 end)::numeric
      / nullif(count(s.safety_html_tailwind_compliant), 0) as safety_html_tailwind_compliance,
    sum(case when s.fallback_used then 1 when not s.fallback_used then 0 end)::numeric
      / nullif(count(s.fallback_used), 0) as fallback_rate,
    array_agg(s.latency_ms::numeric order by s.latency_ms) filter (where s.latency_ms is not null)
      as latencies,
    min(s.created_at) as first_sample_at,
    max(s.created_at) as last_sample_at
  from latest l
  left join public.ai_eval_samples s on s.run_id = l.run_id
  group by l.run_id
),
-- The 95th percentile lies between two latencies: at 0.95 * (n - 1), counted from 0.
expected as (
  select
    c.*,
    (1 - (p.place - p.below)) * c.latencies[p.below + 1]
      + (p.place - p.below) * c.latencies[least(p.below + 2, cardinality(c.latencies))] as p95_latency_ms
  from counted c
  cross join lateral (
    select
      0.95 * (cardinality(c.latencies) - 1) as place,
      floor(0.95 * (cardinality(c.latencies) - 1))::integer as below
  ) p
),
found as (
  select v.*, count(*) over (partition by v.run_id) as copies
  from public.ai_eval_run_summary_v1 v
  where v.run_id = any (array(select run_id from latest))  -- an array, so that only these are summed up
),
compared as (
  select e.run_id, f.run_id is not null as is_there, f.copies, c.name, c.found, c.needed, c.tolerance
  from expected e
  left join found f on f.run_id = e.run_id
  cross join lateral (values
    ('total_records', 0, f.total_records::numeric, e.total_records::numeric),
    ('schema_valid_rate', 0.001, f.schema_valid_rate::numeric, e.schema_valid_rate),
    ('patch_apply_success', 0.001, f.patch_apply_success::numeric, e.patch_apply_success),
    ('edit_after_generate_rate', 0.001, f.edit_after_generate_rate::numeric, e.edit_after_generate_rate),
    ('publish_conversion_proxy', 0.001, f.publish_conversion_proxy::numeric, e.publish_conversion_proxy),
    ('safety_html_tailwind_compliance', 0.001, f.safety_html_tailwind_compliance::numeric,
     e.safety_html_tailwind_compliance),
    ('fallback_rate', 0.001, f.fallback_rate::numeric, e.fallback_rate),
    ('p95_latency_ms', 0.001, f.p95_latency_ms::numeric, e.p95_latency_ms),
    ('first_sample_at', 0, extract(epoch from f.first_sample_at), extract(epoch from e.first_sample_at)),
    ('last_sample_at', 0, extract(epoch from f.last_sample_at), extract(epoch from e.last_sample_at))
  ) as c (name, tolerance, found, needed)
)
select
  'run ' || run_id as object,
  'found ' || name || ' ' || coalesce(trim_scale(round(found, 6))::text, 'null') || ' in the view, '
    || coalesce(trim_scale(round(needed, 6))::text, 'null') || ' in its samples; needed the same' as detail,
  'paste the base migration again: it makes the view anew' as remedy,
  'FAIL' as outcome,
  'error' as severity
from compared
where is_there and ((found is null) <> (needed is null) or abs(found - needed) > tolerance)
union all
select distinct
  'run ' || run_id,
  'found ' || coalesce(copies, 0) || ' rows in the view, needed 1',
  'paste the base migration again: it makes the view anew',
  'FAIL',
  'error'
from compared
where copies is distinct from 1
union all
select
  'run ' || s.run_id,
  'found ' || count(*) || ' samples of a run that is not in public.ai_eval_runs, needed none',
  'delete these samples, or restore their run',
  'FAIL',
  'error'
from public.ai_eval_samples s
where s.run_id is not null and not exists (select from runs r where r.run_id = s.run_id)
group by s.run_id
union all
select
  'public.ai_eval_runs',
  'found no eval run yet: nothing to compare',
  'run the daily eval ingestion of section 5 once, then verify again',
  'HOLD',
  'warning'
where not exists (select from runs)
order by object, detail;
