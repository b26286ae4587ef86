-- Which environments the routing rows are for, and which overlays wrote them, whatever columns there are.
select distinct
  to_jsonb(c) ->> 'environment' as environment,
  to_jsonb(c) -> 'metadata' ->> 'env' as written_for,
  (to_jsonb(c) ->> 'enabled') is not distinct from 'true' as enabled
from public.ai_provider_configs c
order by 1, 2, 3
limit 100
