-- Each table of schema public: whether this role may read it, how many rows the server believes it has, and
-- its size in bytes: the table itself, and with its indexes and what is stored apart; and how many rows were
-- written, in how many seconds (at least: a server that was never reset keeps counting). Run with an empty
-- search_path.

select
  c.oid::regclass::text as name,
  format('"public"."%s"', replace(c.relname, '"', '""')) as pattern,
  has_table_privilege(c.oid, 'select') as readable,
  greatest(c.reltuples, 0)::bigint as rows,
  pg_relation_size(c.oid) as bytes,
  pg_total_relation_size(c.oid) as total_bytes,
  pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
    as writes,
  extract(epoch from now() - coalesce(
    (select d.stats_reset from pg_stat_database d where d.datname = current_database()),
    pg_postmaster_start_time()))::bigint as seconds
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  and not exists (select from pg_depend d
                  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1
