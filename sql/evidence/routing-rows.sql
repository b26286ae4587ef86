-- title:    routing rows
-- section:  0.3, 1.4, 2.4

select provider, environment, enabled, is_default, weight, timeout_ms, max_retries, metadata, updated_at
from public.ai_provider_configs
order by environment, provider
limit 200;
