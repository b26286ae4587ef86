-- The index that a statement is to build: whether it is there, whether it is valid, who else holds its table as
-- a concurrent build does (as a vacuum does too, but for those the server starts and takes back by itself), and
-- the table that has an index of this name in the same schema, where it is another one.

with wanted as (
  select t.oid as table_oid, t.relnamespace, (parse_ident(%(name)s))[1] as name
  from pg_catalog.pg_class t
  where t.oid = to_regclass(%(table)s)
),
named as (
  select c.oid, c.relname, n.nspname, i.indrelid, i.indisvalid and i.indisready and i.indislive as valid
  from wanted w
  join pg_catalog.pg_class c on c.relnamespace = w.relnamespace and c.relname = w.name
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_index i on i.indexrelid = c.oid
)
select
  (select format('%%I.%%I', d.nspname, d.relname) from named d where d.indrelid = w.table_oid) as name,
  coalesce((select d.valid from named d where d.indrelid = w.table_oid), false) as valid,
  array(
    select distinct l.pid
    from pg_catalog.pg_locks l
    left join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'relation' and l.relation = w.table_oid and l.granted
      and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
      and l.mode = 'ShareUpdateExclusiveLock' and l.pid <> pg_catalog.pg_backend_pid()
      and a.backend_type is distinct from 'autovacuum worker'
    order by l.pid
  ) as busy,
  (select d.indrelid::regclass::text from named d where d.indrelid <> w.table_oid) as elsewhere
from wanted w
