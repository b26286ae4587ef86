-- What the transaction so far has done to tables that were there before: the locks it holds, how often it
-- has read them from end to end, and the file that their rows are in (another one means: all were rewritten).

select
  c.oid::bigint as oid,
  format('%I.%I', n.nspname, c.relname) as name,
  array_agg(l.mode) as modes,
  pg_catalog.pg_stat_get_xact_numscans(c.oid) as scans,
  pg_catalog.pg_relation_filenode(c.oid)::bigint as filenode,
  current_setting('lock_timeout') as patience
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'p', 'm')
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
where l.locktype = 'relation' and l.pid = pg_catalog.pg_backend_pid() and l.granted
group by c.oid, n.nspname, c.relname
