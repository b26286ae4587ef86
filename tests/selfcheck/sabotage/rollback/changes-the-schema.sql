-- life:     The rollback drops a column "that is no longer needed", and the way back fails.
-- catches:  proof-finds-known-bad-rollbacks, rollback-changes-configuration-only, rollback-drill,
--           rollback-holds-from-any-state, rollback-holds-from-every-starting-state,
--           rollback-rehearsed-in-place
begin;
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0, updated_at = now()
where environment in ('staging', 'prod') and provider <> 'openai';
insert into public.ai_provider_configs as config (provider, environment, enabled, is_default, weight)
select distinct 'openai', existing.environment, true, true, 100
from public.ai_provider_configs existing where existing.environment in ('staging', 'prod')
on conflict (provider, environment) do update
set enabled = true, is_default = true, weight = 100, updated_at = now();
alter table public.ai_training_examples drop column fallback_provider;
commit;
