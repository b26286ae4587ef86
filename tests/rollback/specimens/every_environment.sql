-- life:     No "where": an environment that routes nothing is rolled back too.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
-- topology: single-db
begin;
update public.ai_provider_configs
set enabled = false, is_default = false, weight = 0, updated_at = now()
where provider <> 'openai';
insert into public.ai_provider_configs as config (provider, environment, enabled, is_default, weight)
select distinct 'openai', existing.environment, true, true, 100 from public.ai_provider_configs existing
on conflict (provider, environment) do update
set enabled = true, is_default = true, weight = 100, updated_at = now();
commit;
