-- The release's checks, asked again of the rows of the soak.
select {counts}
from {table}
where {source} = any ({sources}) and {time} >= {since} and {time} < {until}
