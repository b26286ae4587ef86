-- The rows of the soak by hour, and which of them break a rule, with a few ids.
select
  floor(extract(epoch from {time} - {since}) / 3600)::integer as hour,
  count(*) as rows{rules}
from {table}
where {source} = any ({sources}) and {time} >= {since} and {time} < {until}
group by 1
order by 1
