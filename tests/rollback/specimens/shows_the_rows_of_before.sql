-- life:     Tells the operator what was, not what is.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
with rolled_back as (
  update public.ai_provider_configs set enabled = false, is_default = false, weight = 0, updated_at = now()
  where environment in ('staging', 'prod') and provider <> 'openai'
)
select provider, environment, enabled, is_default, weight
from public.ai_provider_configs
where environment in ('staging', 'prod');
