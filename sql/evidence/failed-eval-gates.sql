-- title:    the gates that eval runs did not pass
-- section:  5

-- Contract, section 5: one statement, by run, from the run's own thresholds and the summary view. For one
-- run, add `and l.run_id = '...'` at the end. FAIL: the figure misses its threshold. HOLD: there is no figure,
-- or none that was measured. SKIPPED: too few samples, nothing was judged.
-- Both layouts: a name that the table lacks is the null of `absent`.
with latest as (
  select
    coalesce(r.run_id::text, r.id::text)::uuid as run_id, r.status, r.started_at,
    coalesce(r.thresholds, r.metadata -> 'thresholds') as thresholds, r.metadata -> 'gates' as gates
  from (select null::uuid as run_id, null::uuid as id, null::jsonb as thresholds) absent
  cross join lateral (
    select run_id, id, status, started_at, thresholds, metadata from public.ai_eval_runs
  ) r
  order by r.started_at desc nulls last, 1 desc
  limit 50
),
judged as (
  select
    l.*, t.key as metric, v.value::double precision as found, (t.value ->> 'min')::double precision as minimum,
    (t.value ->> 'max')::double precision as maximum, l.gates ->> t.key as said
  from latest l
  cross join lateral jsonb_each(l.thresholds) t
  left join (
    select s.run_id, f.key, f.value
    from public.ai_eval_run_summary_v1 s
    cross join lateral jsonb_each_text(to_jsonb(s)) f
    where s.run_id = any (array(select run_id from latest))
  ) v on v.run_id = l.run_id and v.key = t.key
  where jsonb_typeof(l.thresholds) = 'object'
)
select
  l.run_id, l.status, l.metric,
  case
    when l.said in ('SKIPPED', 'HOLD') then l.said
    when l.found < l.minimum or l.found > l.maximum then 'FAIL'
    when l.found is null then 'HOLD'
    else l.said
  end as gate,
  l.found, coalesce('>= ' || l.minimum, '<= ' || l.maximum) as needed
from judged l
where (l.found is null or l.found < l.minimum or l.found > l.maximum or coalesce(l.said, 'PASS') <> 'PASS')
order by l.run_id desc, l.metric;
