-- title:    the routing columns of a sample say what its metadata says
-- prevents: a fallback rate of 0 that nobody measured: an ingest of the sitecraft layout that writes these
--           facts to metadata alone leaves the columns, which the view reads, at their defaults
-- section:  5.2, 5.3
-- checks:   EV-3
-- severity: error
-- phase:    verify
-- requires: public.ai_eval_runs, public.ai_eval_samples
-- evidence: latest-eval-runs

with latest as (
  select coalesce(r.run_id::text, r.id::text)::uuid as run_id
  from (select null::uuid as run_id, null::uuid as id) absent
  cross join lateral (select run_id, id, started_at from public.ai_eval_runs) r
  order by r.started_at desc nulls last, 1 desc
  limit 50
),
found as (
  select
    s.run_id,
    count(*) filter (
      where jsonb_typeof(s.metadata -> 'fallbackUsed') = 'boolean'
        and s.fallback_used::text is distinct from s.metadata ->> 'fallbackUsed') as fallback_used,
    count(*) filter (
      where s.metadata ->> 'selectedProvider' is not null
        and s.selected_provider is distinct from s.metadata ->> 'selectedProvider') as selected_provider,
    count(*) as samples
  from public.ai_eval_samples s
  join latest l on l.run_id = s.run_id
  group by s.run_id
)
select
  'run ' || f.run_id || ' ' || differing.name as object,
  'found ' || differing.samples || ' of ' || f.samples || ' samples whose ' || differing.name
    || ' is not what their metadata says, needed none' as detail,
  'ingest with a version that writes the column; then update the column of these samples from their metadata'
    as remedy
from found f
cross join lateral (values
  ('fallback_used', f.fallback_used),
  ('selected_provider', f.selected_provider)
) as differing (name, samples)
where differing.samples > 0
order by object;
