-- life:     The single-db rollback in a project of its own: staging is switched off.
-- catches:  proof-finds-known-bad-rollbacks, rollback-drill, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state, rollback-leaves-openai-alone,
--           rollback-rehearsed-in-place
-- topology: staging
do $$
begin
  update public.ai_provider_configs
  set enabled = false, is_default = false, weight = 0, updated_at = now()
  where environment = 'prod' and provider <> 'openai';
  insert into public.ai_provider_configs as config (provider, environment, enabled, is_default, weight)
  select distinct 'openai', 'prod', true, true, 100 from public.ai_provider_configs where environment = 'prod'
  on conflict (provider, environment) do update
  set enabled = true, is_default = true, weight = 100, updated_at = now();
  update public.ai_provider_configs
  set enabled = false, is_default = false, updated_at = now()
  where environment <> 'prod' and (enabled or is_default);
end
$$;
