-- Who answers, and what it says of itself: one select that no privilege can make fail.
-- query_to_xml runs its text only where the branch is taken: naming pg_control_system() or the table
-- outright would be refused before the first row to a role that may not read them.
select
  current_database() as database,
  (select oid::text from pg_database where datname = current_database()) as database_oid,
  current_user::text as role,
  current_setting('server_version') as server_version,
  current_setting('server_version_num')::integer as server_version_num,
  pg_backend_pid() as backend_pid,
  pg_is_in_recovery() as in_recovery,
  case
    when pg_is_in_recovery()
      then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8
  end as lag_seconds,
  extract(epoch from pg_postmaster_start_time())::text as started_at,
  case
    when has_function_privilege('pg_catalog.pg_control_system()', 'execute')
      then substring(
        query_to_xml('select system_identifier from pg_control_system()', false, true, '')::text
        from '>([0-9]+)<'
      )
  end as system_identifier,
  (select ssl.version from pg_stat_ssl ssl where ssl.pid = pg_backend_pid() and ssl.ssl) as tls_version,
  (select ssl.cipher from pg_stat_ssl ssl where ssl.pid = pg_backend_pid() and ssl.ssl) as tls_cipher,
  routing.readable as routing_readable,
  case
    when routing.readable
      then query_to_xml(
        $$
        select coalesce(jsonb_agg(r), '[]') as rows
        from (
          select distinct
            to_jsonb(c) ->> 'environment' as environment,
            to_jsonb(c) -> 'metadata' ->> 'env' as env,
            to_jsonb(c) ->> 'enabled' = 'true' as enabled
          from public.ai_provider_configs c
          order by 1, 2, 3
          limit 100
        ) r
        $$,
        false, true, ''
      )::text
  end as routing_rows
from (
  select bool_and(
    has_schema_privilege(c.relnamespace, 'usage') and has_table_privilege(c.oid, 'select')
  ) as readable
  from pg_class c
  where c.relname = 'ai_provider_configs' and c.relnamespace = 'public'::regnamespace
) routing
