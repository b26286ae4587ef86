-- title:    who asked, and of which server
-- section:  4

select
  current_database() as database,
  current_user as role,
  current_setting('server_version') as server_version,
  pg_is_in_recovery() as is_replica,
  current_setting('transaction_read_only') as read_only,
  current_setting('TimeZone') as time_zone,
  transaction_timestamp() as asked_at;
