-- title:    every provider that takes a share beside the default has a daily limit
-- prevents: an experiment that costs in one night what it was to cost in a month
-- section:  1.4, 2.4
-- checks:   ST-3
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs
-- evidence: daily-limits

select
  environment || '/' || provider as object,
  'found a weight of ' || weight || ' and no daily limit, needed one' as detail,
  'set daily_limit, or take the provider out' as remedy
from public.ai_provider_configs
where environment = any (current_setting('rollgate.routes')::text[])
  and enabled and not is_default and weight > 0 and daily_limit is null
