-- life:     Takes custom out where it was the only one, too.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
-- step:     take-custom-out
update public.ai_provider_configs
set enabled = false, is_default = false, weight = 0, updated_at = now()
where provider = 'custom' and environment in ('staging', 'prod');
