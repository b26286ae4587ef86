-- title:    defaults in each environment
-- section:  0.3, 1.4, 2.4

select
  environment,
  environment = any (current_setting('rollgate.routes')::text[]) as routes,
  count(*) filter (where is_default) as default_count,
  count(*) filter (where enabled) as enabled_count
from public.ai_provider_configs
group by environment
order by environment;
