-- life:     Everything that is needed, in the wrong order.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
begin;
insert into public.ai_provider_configs as config
  (provider, environment, enabled, is_default, weight, timeout_ms, max_retries)
select distinct 'openai', existing.environment, true, true, 100, 45000, 1
from public.ai_provider_configs existing
where existing.environment in ('staging', 'prod')
on conflict (provider, environment) do update
set enabled = true, is_default = true, weight = 100, updated_at = now();
update public.ai_provider_configs
set enabled = false, is_default = false, weight = 0, updated_at = now()
where environment in ('staging', 'prod') and provider <> 'openai';
commit;
