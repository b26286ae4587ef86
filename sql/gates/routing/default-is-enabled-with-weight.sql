-- title:    the default provider is enabled and has weight
-- prevents: an environment whose default is switched off: requests go to a provider that answers none
-- section:  0.3, 1.4, 2.4
-- checks:   SD-2, SD-3, ST-3, ST-4
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs
-- evidence: routing-rows

with found as (
  select
    environment, provider, enabled, weight,
    environment = any (current_setting('rollgate.routes')::text[]) as routes
  from public.ai_provider_configs
  where is_default
)
select
  environment || '/' || provider as object,
  'found a default that is ' || case when enabled then 'on' else 'off' end || ' with weight '
    || coalesce(weight::text, 'null') || ', needed one that is on with a weight above 0' as detail,
  case when routes then 'paste the overlay of this database again'
    else 'enable it with a weight, or set is_default = false'
  end as remedy,
  'FAIL' as outcome,
  case when routes then 'error' else 'warning' end as severity
from found
where enabled is not true or coalesce(weight, 0) <= 0
order by object;
