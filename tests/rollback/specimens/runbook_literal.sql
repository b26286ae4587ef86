-- life:     The runbook's statement as it stands: it aborts in the incident that it exists for.
-- catches:  proof-finds-known-bad-rollbacks, rollback-holds-from-any-state
begin;

update public.ai_provider_configs
set
  enabled = case when provider = 'openai' then true else false end,
  is_default = case when provider = 'openai' then true else false end,
  weight = case when provider = 'openai' then 100 else 0 end,
  updated_at = timezone('utc', now())
where environment in ('staging', 'prod');

commit;
