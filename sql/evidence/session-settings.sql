-- title:    what sessions begin with, where somebody set it
-- section:  -

select
  coalesce(d.datname, 'every database') as database,
  coalesce(r.rolname, 'every role') as role,
  each.entry as setting
from pg_catalog.pg_db_role_setting s
left join pg_catalog.pg_database d on d.oid = s.setdatabase
left join pg_catalog.pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) as each (entry)
where (s.setdatabase = 0 or d.datname = current_database())
  and split_part(each.entry, '=', 1) in (
    'default_transaction_read_only', 'session_replication_role', 'statement_timeout', 'lock_timeout', 'TimeZone',
    'search_path', 'role')
order by database, role, setting
limit 200;
