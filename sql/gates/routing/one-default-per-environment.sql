-- title:    each environment that routes has exactly one default provider
-- prevents: requests that find no provider, or one that depends on the order of rows
-- section:  0.3, 1.4, 2.4
-- checks:   RG-2, SD-3, ST-4
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs
-- evidence: default-counts, routing-rows

with expected (environment) as (
  select unnest(current_setting('rollgate.routes')::text[])
),
found as (
  select
    environment,
    count(*) filter (where is_default) as defaults,
    string_agg(provider, ', ' order by provider) filter (where is_default) as providers,
    count(*) filter (where enabled) as enabled
  from public.ai_provider_configs
  group by environment
),
judged as (
  select
    coalesce(e.environment, f.environment) as environment,
    e.environment is not null as routes,
    coalesce(f.defaults, 0) as defaults,
    f.providers,
    coalesce(f.enabled, 0) as enabled
  from expected e
  full join found f on f.environment = e.environment
)
select
  environment as object,
  'found ' || defaults || ' defaults' || coalesce(' (' || providers || ')', '') || ', needed 1' as detail,
  case when routes then 'paste the overlay of this database again'
    else 'give ' || environment || ' one default, or set enabled = false and is_default = false on its rows'
  end as remedy,
  'FAIL' as outcome,
  -- Nobody asks this database for an environment that it does not serve; two defaults are wrong anywhere.
  case when routes or defaults > 1 then 'error' else 'warning' end as severity
from judged
where defaults > 1
  or (defaults = 0 and routes)
  -- In a single database nothing else may be on at all: only-prod-routes.
  or (defaults = 0 and enabled > 0 and current_setting('rollgate.topology') <> 'single-db')
order by object;
