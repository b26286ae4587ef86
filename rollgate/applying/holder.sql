-- Who holds the lock of an application on this database. What a role may not see of another's session is null.

select
  l.pid,
  concat_ws(', ',
    coalesce(nullif(a.application_name, ''), 'a session whose name this role may not see'),
    a.usename,
    'from ' || host(a.client_addr),
    'since ' || to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC') as who
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted
  and l.classid = %s and l.objid = %s and l.objsubid = 2
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
limit 1
