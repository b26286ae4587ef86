-- title:    each finished run has samples and a final status
-- prevents: an eval that broke off and reads like one that found nothing wrong
-- section:  5.3, 5.4
-- checks:   EV-3, EV-4
-- severity: warning
-- phase:    verify
-- requires: public.ai_eval_runs, public.ai_eval_samples
-- evidence: latest-eval-runs

-- Both layouts: a name that the table lacks is the null of `absent`.
with latest as (
  select
    coalesce(r.run_id::text, r.id::text)::uuid as run_id,
    r.status,
    coalesce(r.finished_at, r.completed_at) as finished_at
  from (
    select
      null::uuid as run_id, null::uuid as id,
      null::timestamptz as finished_at, null::timestamptz as completed_at
  ) absent
  cross join lateral (
    select run_id, id, status, started_at, finished_at, completed_at from public.ai_eval_runs
  ) r
  order by r.started_at desc nulls last, 1 desc
  limit 50
),
found as (
  select l.*, (select count(*) from public.ai_eval_samples s where s.run_id = l.run_id) as samples
  from latest l
)
select
  'run ' || run_id as object,
  'found status ' || coalesce(status, 'null') || ', ' || samples || ' samples, '
    || coalesce('finished at ' || finished_at, 'not finished')
    || '; needed a final status and the time it was reached, and samples unless it was aborted' as detail,
  'ingest the run again, or set its status to what became of it' as remedy
from found
where (finished_at is not null and status = 'running')
  or (status in ('passed', 'failed', 'completed') and samples = 0)
  or (status in ('passed', 'completed') and finished_at is null)
order by object;
