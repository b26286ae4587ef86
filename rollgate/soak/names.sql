-- What belongs to the table: columns, constraints with the columns that they are about, and indexes.
with recursive tbl as (select to_regclass({name}) as oid),
relations as (
  select oid from tbl
  union
  select r.ev_class
  from relations
  join pg_catalog.pg_depend d on d.refobjid = relations.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.classid = 'pg_catalog.pg_rewrite'::regclass
  join pg_catalog.pg_rewrite r on r.oid = d.objid
),
views as (
  select v.relname::text as name
  from relations join pg_catalog.pg_class v on v.oid = relations.oid
  where v.oid <> (select oid from tbl)
)
select 'column' as kind, a.attname as name, '' as columns, null as expression, true as holds
from tbl join pg_catalog.pg_attribute a on a.attrelid = tbl.oid and a.attnum > 0 and not a.attisdropped
union all
select
  case c.contype when 'c' then 'check' when 'n' then 'not-null' else 'key' end,
  c.conname,
  array_to_string(array(
    select a.attname from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) order by 1), ' '),
  case c.contype when 'c' then pg_get_expr(c.conbin, c.conrelid) end,
  c.convalidated and coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
from tbl join pg_catalog.pg_constraint c on c.conrelid = tbl.oid
union all
select 'index', i.relname, '', null, x.indisvalid
from tbl
join pg_catalog.pg_index x on x.indrelid = tbl.oid
join pg_catalog.pg_class i on i.oid = x.indexrelid
union all
-- What writes or reads it by another name, at any remove: an error in it names that.
select 'function', p.proname, '', null, true
from pg_catalog.pg_proc p
where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and (strpos(lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), split_part({name}, '.', 2)) > 0
       or exists (
         select from views
         where coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
           ~* ('\m' || regexp_replace(views.name, '(\W)', '\\\1', 'g') || '\M')))
union all
select distinct 'view', name, '', null, true from views
order by 1, 2
