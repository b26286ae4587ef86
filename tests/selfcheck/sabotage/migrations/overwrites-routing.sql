-- life:     The seed rows are upserted: a base migration that is pasted again in an incident puts traffic
--           back.
-- catches:  operator-routing-survives-the-base-migration
-- topology: prod
insert into public.ai_provider_configs as config
  (provider, environment, enabled, is_default, weight, timeout_ms, max_retries)
values ('openai', 'prod', true, true, 100, 45000, 1)
on conflict (provider, environment) do update
set enabled = excluded.enabled, weight = excluded.weight, timeout_ms = excluded.timeout_ms,
    max_retries = excluded.max_retries;
