-- Each rolling window of the soak, and of each figure: how many rows tell it, and how many of them are true,
-- or slower than a threshold with the values next to it. Windows begin at every step, on the clock, so that
-- the same rows give the same windows whenever they are asked for; only whole windows are there.
with judged as materialized (
  select
    date_bin({step}, {time}, timestamptz '2000-01-01 00:00:00+00') as bucket{values}
  from {table}
  where {source} = any ({sources}) and {time} >= {since} and {time} < {until}
),
buckets as (
  select bucket, count(*) as rows{figures}
  from judged
  group by bucket
)
select extract(epoch from began.at)::bigint as began, sum(rows) as rows{sums}
from buckets
cross join generate_series(0, {steps} - 1) as span (steps)
cross join lateral (select bucket - span.steps * {step} as at) as began
where began.at >= {since} and began.at + {steps} * {step} <= {until}
group by 1
order by 1
