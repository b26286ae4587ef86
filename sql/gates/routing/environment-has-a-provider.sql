-- title:    each environment that routes has at least one enabled provider with weight
-- prevents: an environment in which every request fails because all its providers are off or weigh nothing
-- section:  0.3, 1.4, 2.4
-- checks:   SD-2, ST-3
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs
-- evidence: routing-rows

with expected (environment) as (
  select unnest(current_setting('rollgate.routes')::text[])
),
found as (
  select
    e.environment,
    count(c.provider) as rows,
    count(c.provider) filter (where c.enabled and c.weight > 0) as serving
  from expected e
  left join public.ai_provider_configs c on c.environment = e.environment
  group by e.environment
)
select
  environment as object,
  'found ' || serving || ' of ' || rows || ' providers enabled with a weight above 0, needed at least 1'
    as detail,
  'paste the overlay of this database again' as remedy
from found
where serving = 0
order by object;
