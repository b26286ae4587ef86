-- life:     Routing is right afterwards, and the row that the way back needs is gone.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state
begin;
delete from public.ai_provider_configs where environment in ('staging', 'prod') and provider <> 'openai';
update public.ai_provider_configs
set enabled = true, is_default = true, weight = 100, timeout_ms = 45000, updated_at = now()
where environment in ('staging', 'prod') and provider = 'openai';
commit;
