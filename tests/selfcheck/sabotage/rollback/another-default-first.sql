-- life:     openai is made the default last, after custom has been made it once more.
-- catches:  overlay-brings-routing-back, proof-finds-known-bad-rollbacks,
--           rollback-changes-configuration-only, rollback-drill, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state, rollback-rehearsed-in-place,
--           rollback-works-on-the-clone
-- asks:     rollback place clone
begin;
update public.ai_provider_configs set is_default = provider = 'custom' where environment in ('staging', 'prod');
update public.ai_provider_configs set is_default = provider = 'openai', enabled = provider = 'openai',
  weight = case provider when 'openai' then 100 else 0 end, updated_at = now()
where environment in ('staging', 'prod');
commit;
