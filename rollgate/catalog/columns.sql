-- The columns of each table and view of schema public, in their order. Run with an empty search_path.

select c.oid::regclass::text as relation, quote_ident(a.attname) as column
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
order by c.oid, a.attnum
