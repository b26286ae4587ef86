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
  waited constant text := current_setting('lock_timeout');
  instant timestamptz;
  holders text;
  missing text;
  wrong text;
begin
  if to_regclass('public.ai_provider_configs') is null then
    raise exception using
      errcode = 'undefined_table',
      message = 'public.ai_provider_configs is not in this database: nothing was changed',
      hint = 'Check which project this SQL Editor is connected to.';
  end if;
  if current_setting('transaction_read_only')::boolean then
    raise exception using
      errcode = 'read_only_sql_transaction',
      message = 'this session is read-only (a replica, or default_transaction_read_only): nothing was changed',
      hint = 'Connect to the primary database, with a role that may write. Where the primary itself was made '
             'read-only (a full disk), paste this file with a first line: set transaction read write;';
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using
      errcode = 'invalid_transaction_state',
      message = format('this transaction is %s, it may not see the latest routing: nothing was changed',
                       current_setting('transaction_isolation')),
      hint = 'Run this first: set session characteristics as transaction isolation level read committed;';
  end if;
  if row_security_active('public.ai_provider_configs') then
    raise exception using
      errcode = 'insufficient_privilege',
      message = format('row level security hides routing rows from role %I: nothing was changed', current_user),
      hint = 'Run this as postgres, the owner of the table, or as service_role.';
  end if;

  -- A forgotten open transaction must not hang this one.
  perform set_config('lock_timeout', '2s', true);
  begin
    -- Readers go on; two operators come one after the other; nobody changes routing half-way.
    lock table public.ai_provider_configs in share row exclusive mode;
    perform from public.ai_provider_configs for no key update;
  exception when lock_not_available or deadlock_detected then
    select string_agg(
             distinct concat_ws(
               ', ', coalesce('pid ' || l.pid, 'a prepared transaction, see pg_prepared_xacts'), a.usename,
               a.state, 'in its transaction for ' || date_trunc('second', clock_timestamp() - a.xact_start)),
             '; ')
      into holders
    from pg_locks l
    left join pg_stat_activity a on a.pid = l.pid
    where l.relation = 'public.ai_provider_configs'::regclass
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
      and l.pid is distinct from pg_backend_pid()
      -- A reader is in the way only of somebody who waits to have the table alone.
      and (l.mode <> 'AccessShareLock' or exists (
        select from pg_locks w
        where w.relation = l.relation and w.database = l.database and w.mode = 'AccessExclusiveLock'));
    raise exception using
      errcode = 'lock_not_available',
      message = 'another transaction holds routing rows: nothing was changed',
      detail = coalesce('Held by ' || holders, 'Whoever held them has just let go.'),
      hint = 'Run this again. If it fails again, end the holder with: select pg_terminate_backend(<pid>);';
  end;
  perform set_config('lock_timeout', waited, true);
  instant := clock_timestamp();

  -- The overlays leave their mark. Here staging serves by the staging overlay, so it must not be switched off.
  if exists (
       select from public.ai_provider_configs c
       where c.environment <> all (routed) and c.enabled and to_jsonb(c) #>> '{metadata,env}' = 'staging')
     and not exists (
       select from public.ai_provider_configs c where to_jsonb(c) #>> '{metadata,env}' = 'single-db')
  then
    raise exception using
      errcode = 'object_not_in_prerequisite_state',
      message = 'this is a project of its own, in which staging serves: nothing was changed',
      hint = 'Paste p0_rollback.sql instead.';
  end if;

  -- "One default an environment" is checked row by row: clear first, then set.
  update public.ai_provider_configs
  set enabled = false, is_default = false, weight = 0, updated_at = instant
  where environment = any (routed) and provider <> 'openai';

  update public.ai_provider_configs
  set enabled = true, is_default = true, weight = 100, updated_at = instant
  where environment = any (routed) and provider = 'openai';

  -- An environment that has rows gets openai, also where its row is missing.
  for missing in
    select distinct c.environment from public.ai_provider_configs c
    where c.environment = any (routed)
      and not exists (select from public.ai_provider_configs o
                      where o.environment = c.environment and o.provider = 'openai')
  loop
    insert into public.ai_provider_configs
      (provider, environment, enabled, is_default, weight, timeout_ms, max_retries, created_at, updated_at)
    values ('openai', missing, true, true, 100, 45000, 1, instant, instant);
  end loop;

  -- Nothing outside prod may route in such a database. A row that is off already stays as it is.
  update public.ai_provider_configs
  set enabled = false, is_default = false, updated_at = instant
  where environment <> all (routed) and (enabled or is_default);

  -- All or nothing: a trigger, a rule or a second row of a provider must not leave half of it.
  select string_agg(environment, ', ' order by environment) into wrong
  from (
    select environment
    from public.ai_provider_configs
    group by environment
    having case
      when environment <> all (routed) then bool_or(enabled or is_default)
      else not bool_or(provider = 'openai' and enabled and is_default and weight = 100)
        or not bool_and(provider = 'openai' or (not enabled and not is_default and weight = 0))
    end
  ) as environments;
  if wrong is not null then
    raise exception using
      errcode = 'triggered_data_change_violation',
      message = format('the rows of %s did not become what they must: nothing was changed', wrong),
      hint = 'Look for triggers and rules on public.ai_provider_configs, and for two rows of one provider.';
  end if;
end
$rollback$;

select provider, environment, enabled, is_default, weight
from public.ai_provider_configs
order by environment, provider;
