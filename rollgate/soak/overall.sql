-- The same figures over the whole soak.
select count(*) as rows{figures}
from (
  select {time} as at{values}
  from {table}
  where {source} = any ({sources}) and {time} >= {since} and {time} < {until}
) as judged
