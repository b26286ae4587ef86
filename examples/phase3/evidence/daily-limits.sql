-- title:   Providers and their daily limits
-- section: 2.4
select environment, provider, enabled, is_default, weight, daily_limit
from public.ai_provider_configs
order by environment, provider
