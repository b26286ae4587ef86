-- life:     Without the unique index custom was entered twice, and gets twice its share.
-- catches:  indexes-match-contract, target-matches-the-reference
-- warns:    routing-rows-are-unambiguous
drop index public.idx_ai_provider_configs_provider_environment;
insert into public.ai_provider_configs (provider, environment, weight, timeout_ms, max_retries, metadata)
select provider, environment, weight, timeout_ms, max_retries, metadata
from public.ai_provider_configs where provider = 'custom' and environment = 'prod';
