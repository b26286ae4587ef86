-- life:     openai serves alone, with the weight that it had: three callers read the weight as a share.
-- catches:  proof-finds-known-bad-rollbacks, rollback-drill, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state, rollback-leaves-openai-alone,
--           rollback-rehearsed-in-place
begin;
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0, updated_at = now()
where environment in ('staging', 'prod') and provider <> 'openai';
insert into public.ai_provider_configs as config (provider, environment, enabled, is_default, weight)
select distinct 'openai', existing.environment, true, true, 70
from public.ai_provider_configs existing where existing.environment in ('staging', 'prod')
on conflict (provider, environment) do update
set enabled = true, is_default = true, weight = 70, updated_at = now();
commit;
