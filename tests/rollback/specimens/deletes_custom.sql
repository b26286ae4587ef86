-- life:     Routing is right afterwards, and the row that the way back needs is gone.
begin;
delete from public.ai_provider_configs where environment in ('staging', 'prod') and provider <> 'openai';
update public.ai_provider_configs
set enabled = true, is_default = true, weight = 100, timeout_ms = 45000, updated_at = now()
where environment in ('staging', 'prod') and provider = 'openai';
commit;
