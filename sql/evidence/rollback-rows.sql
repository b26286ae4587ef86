-- title:    routing rows after the rollback
-- section:  3

select provider, environment, enabled, is_default, weight
from public.ai_provider_configs
where environment in ('staging', 'prod')
order by environment, provider;
