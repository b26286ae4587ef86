-- title:    routing rows, whatever columns they have
-- section:  1.1, 2.1

select to_jsonb(c) as config
from public.ai_provider_configs c
order by 1
limit 200;
