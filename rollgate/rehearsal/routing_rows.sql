-- Every routing row, whatever columns it has, and the version of it; the zone of the session plays no part.
with utc as materialized (select set_config('TimeZone', 'UTC', true))
select c.id::text as id, to_jsonb(c)::text as values, c.xmin::text as xmin, c.ctid::text as ctid
from utc, public.ai_provider_configs c
order by c.id
