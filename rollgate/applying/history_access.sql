-- Supabase's history of migrations: its columns, and whether this role may read and add to it. No row: there is none.

select
  (
    select string_agg(a.attname, ',' order by a.attnum)
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns,
  has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable,
  has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'insert') as writable
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations' and c.relkind in ('r', 'p')
