-- Phase 3, overlay of the prod project: routing as Phase 2 has it, and a daily limit for the share of custom.
--
-- It can be run again: it touches no row that is already as it should be. It is also the way back after a P0
-- rollback.

begin;
set local lock_timeout = '50ms';

lock table public.ai_provider_configs in share row exclusive mode;

-- One default an environment is checked row by row, so the old one goes before the new one comes.
update public.ai_provider_configs
set is_default = false, updated_at = now()
where environment = 'prod' and is_default and provider <> 'openai';

insert into public.ai_provider_configs as config
  (provider, environment, enabled, is_default, weight, timeout_ms, max_retries, daily_limit, metadata)
select overlay.*
from (values
  ('openai', 'prod', true, true,  100, 45000, 1, null, '{"release": "phase3", "env": "prod", "role": "primary"}'::jsonb),
  ('custom', 'prod', true, false,   5, 60000, 0,  200, '{"release": "phase3", "env": "prod", "role": "secondary"}'::jsonb)
) as overlay (provider, environment, enabled, is_default, weight, timeout_ms, max_retries, daily_limit, metadata)
where not exists (
  select from public.ai_provider_configs present
  where (present.provider, present.environment, present.enabled, present.is_default, present.weight,
         present.timeout_ms, present.max_retries)
      = (overlay.provider, overlay.environment, overlay.enabled, overlay.is_default, overlay.weight,
         overlay.timeout_ms, overlay.max_retries)
    and present.daily_limit is not distinct from overlay.daily_limit
    and present.metadata @> overlay.metadata)
on conflict (provider, environment) do update
set enabled     = excluded.enabled,
    is_default  = excluded.is_default,
    weight      = excluded.weight,
    timeout_ms  = excluded.timeout_ms,
    max_retries = excluded.max_retries,
    daily_limit = excluded.daily_limit,
    metadata    = config.metadata || excluded.metadata,
    updated_at  = now();

commit;

select provider, environment, enabled, is_default, weight, daily_limit
from public.ai_provider_configs
order by environment, provider;
