-- life:     The rollback was tested in staging, and its "where" still says so.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state, rollback-leaves-openai-alone
-- topology: prod
begin;
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0, updated_at = now()
where environment = 'staging' and provider <> 'openai';
update public.ai_provider_configs set enabled = true, is_default = true, weight = 100, updated_at = now()
where environment = 'staging' and provider = 'openai';
commit;
