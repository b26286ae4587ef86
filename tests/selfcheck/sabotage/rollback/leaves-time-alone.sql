-- life:     updated_at is not set, and nobody can tell later when traffic moved.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
begin;
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0
where environment in ('staging', 'prod') and provider <> 'openai';
insert into public.ai_provider_configs as config (provider, environment, enabled, is_default, weight)
select distinct 'openai', existing.environment, true, true, 100
from public.ai_provider_configs existing where existing.environment in ('staging', 'prod')
on conflict (provider, environment) do update set enabled = true, is_default = true, weight = 100;
commit;
