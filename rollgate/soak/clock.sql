select
  extract(epoch from transaction_timestamp()) as now,
  extract(epoch from pg_postmaster_start_time()) as started,
  current_database() as database,
  pg_is_in_recovery() as replica
