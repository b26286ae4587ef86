-- Whether there were rows in the same hours of the seven days before the soak, and on these days at all.
-- Each is a look into the index, not a count.
select
  h.hour, d.day,
  exists (
    select from {table} as e
    where e.{source} = any ({sources}) and e.{time} >= at.begins and e.{time} < at.begins + interval '1 hour'
  ) as rows_in_hour,
  exists (
    select from {table} as e
    where e.{source} = any ({sources})
      and e.{time} >= {since} - make_interval(hours => 24 * d.day)
      and e.{time} < {since} - make_interval(hours => 24 * (d.day - 1))
  ) as rows_on_day
from generate_series(0, {hours} - 1) as h (hour)
cross join generate_series(1, 7) as d (day)
cross join lateral (
  select {since} + make_interval(hours => h.hour % 24 - 24 * d.day) as begins
) as at
order by 1, 2
