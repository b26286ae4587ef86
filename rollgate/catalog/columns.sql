-- The columns of each table and view of schema public, in their order. Run with an empty search_path.

select c.oid::regclass::text as relation, array_agg(quote_ident(a.attname) order by a.attnum) as columns
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
group by c.oid
