-- P0 rollback of Phase 2 for one database that serves prod and everything else: openai alone serves prod.
--
-- Use it when schema-valid, safety or the publish proxy regresses. Configuration only, no schema change.
-- A project that serves staging or prod alone takes p0_rollback.sql instead.
--
-- Paste the whole file into the Supabase SQL Editor. The change is one statement: all of it happens, or none.
-- Running it again is harmless. The last statement shows the resulting routing. An error means that nothing
-- was changed, and says what to do. The way back is the environment's overlay file.

do $rollback$
declare
  routed constant text[] := array['prod'];
  holders text;
begin
  if to_regclass('public.ai_provider_configs') is null then
    raise exception using
      errcode = 'undefined_table',
      message = 'public.ai_provider_configs is not in this database: nothing to roll back',
      hint = 'Check which project this SQL Editor is connected to.';
  end if;
  if current_setting('transaction_read_only')::boolean then
    raise exception using
      errcode = 'read_only_sql_transaction',
      message = 'this session is read-only (a replica, or default_transaction_read_only): nothing was changed',
      hint = 'Connect to the primary database, with a role that may write.';
  end if;
  if row_security_active('public.ai_provider_configs') then
    raise exception using
      errcode = 'insufficient_privilege',
      message = format('row level security hides routing rows from role %I: nothing was changed', current_user),
      hint = 'Run this as postgres, the owner of the table, or as service_role.';
  end if;

  -- A forgotten open transaction must not hang the rollback.
  perform set_config('lock_timeout', '2s', true);
  begin
    -- Readers go on; two operators come one after the other; nobody changes routing half-way.
    lock table public.ai_provider_configs in share row exclusive mode;
    perform from public.ai_provider_configs for update;
  exception when lock_not_available then
    select string_agg(
             format('pid %s (%s, %s, in its transaction for %s)', a.pid, coalesce(a.usename, '?'),
                    coalesce(a.state, '?'), date_trunc('second', clock_timestamp() - a.xact_start)),
             '; ' order by a.xact_start)
      into holders
    from pg_stat_activity a
    where a.pid <> pg_backend_pid()
      and a.pid in (select l.pid from pg_locks l
                    where l.relation = 'public.ai_provider_configs'::regclass and l.granted
                      and l.mode <> 'AccessShareLock');
    raise exception using
      errcode = 'lock_not_available',
      message = 'another transaction holds routing rows: nothing was changed',
      detail = coalesce('Held by ' || holders, 'Whoever held them has just let go.'),
      hint = 'Run this again. If it fails again, end the holder with: select pg_terminate_backend(<pid>);';
  end;

  -- "One default an environment" is checked row by row: clear first, then set.
  update public.ai_provider_configs
  set enabled = false, is_default = false, weight = 0, updated_at = now()
  where environment = any (routed) and provider <> 'openai';

  -- An environment that has rows gets openai, also where its row is missing.
  insert into public.ai_provider_configs as config
    (provider, environment, enabled, is_default, weight, timeout_ms, max_retries)
  select distinct 'openai', existing.environment, true, true, 100, 45000, 1
  from public.ai_provider_configs existing
  where existing.environment = any (routed)
  on conflict (provider, environment) do update
  set enabled = true, is_default = true, weight = 100, updated_at = now();

  -- Nothing outside prod may route in such a database. A row that is off already stays as it is.
  update public.ai_provider_configs
  set enabled = false, is_default = false, updated_at = now()
  where environment <> all (routed) and (enabled or is_default);
end
$rollback$;

select provider, environment, enabled, is_default, weight
from public.ai_provider_configs
order by environment, provider;
