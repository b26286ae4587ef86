-- Phase 3: how many requests a day a provider may get. Null: as many as come.
--
-- It can be run again. The table has a few rows: what is locked here is locked for a moment, and nobody queues
-- behind it for longer than 50 ms. Where that isn't enough (SQLSTATE 55P03), nothing was changed: run it again.

begin;
set local lock_timeout = '50ms';

alter table public.ai_provider_configs add column if not exists daily_limit integer;

do $$
begin
  if not exists (
    select from pg_constraint
    where conrelid = 'public.ai_provider_configs'::regclass
      and conname = 'ai_provider_configs_daily_limit_check'
  ) then
    alter table public.ai_provider_configs
      add constraint ai_provider_configs_daily_limit_check check (daily_limit > 0);
  end if;
end
$$;

commit;
