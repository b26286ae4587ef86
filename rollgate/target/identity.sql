-- Who answers, and what it says of itself: nothing here that a role may not ask.
select
  current_database() as database,
  (select oid from pg_catalog.pg_database where datname = current_database()) as database_oid,
  current_user as role,
  current_setting('server_version_num') as server_version_num,
  pg_backend_pid() as backend_pid,
  pg_is_in_recovery() as in_recovery,
  case
    when pg_is_in_recovery()
      then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())
  end as lag_seconds,
  extract(epoch from pg_postmaster_start_time()) as started_at,
  extract(epoch from transaction_timestamp()) as now,
  (
    select concat_ws(' ', ssl.version, ssl.cipher)
    from pg_catalog.pg_stat_ssl ssl
    where ssl.pid = pg_backend_pid() and ssl.ssl
  ) as tls
