-- life:     Clears before it sets, and trusts that openai's row is there.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state
begin;
update public.ai_provider_configs
set enabled = false, is_default = false, weight = 0, updated_at = now()
where environment in ('staging', 'prod') and provider <> 'openai';
update public.ai_provider_configs
set enabled = true, is_default = true, weight = 100, updated_at = now()
where environment in ('staging', 'prod') and provider = 'openai';
commit;
