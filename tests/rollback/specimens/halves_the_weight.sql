-- life:     Lowers custom's weight again with every run.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
-- step:     lower-custom-weight
update public.ai_provider_configs
set weight = weight / 2, updated_at = now()
where provider = 'custom' and environment in ('staging', 'prod');
