-- Statements that make the types, sequences and routines of schema public anew: place, kind, name, ddl. A place
-- says what goes first; what still comes too early is tried again by whoever runs them. What an extension brings
-- is left to it. Run with an empty search_path: names are then always qualified. PostgreSQL 15 and newer.

with types as (
  select t.*, t.oid::regtype::text as name
  from pg_type t
  left join pg_class c on c.oid = t.typrelid
  where t.typnamespace = 'public'::regnamespace
    and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
    and not exists (select from pg_depend d
                    where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
)

select 10 as place, 'type' as kind, name,
       format('create type %s as enum (%s)', name, (
         select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
         from pg_enum e where e.enumtypid = types.oid)) as ddl
from types
where typtype = 'e'

union all
select 11, 'type', name,
       format('create type %s as (%s)', name, (
         select string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                  case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation end),
                  ', ' order by a.attnum)
         from pg_attribute a
         join pg_type t on t.oid = a.atttypid
         where a.attrelid = types.typrelid and a.attnum > 0 and not a.attisdropped))
from types
where typtype = 'c'

union all
select 12, 'type', name,
       concat_ws(' ', 'create domain', name, 'as', format_type(typbasetype, typtypmod),
         (select 'collate ' || types.typcollation::regcollation
          from pg_type b where b.oid = types.typbasetype and b.typcollation <> types.typcollation),
         'default ' || pg_get_expr(typdefaultbin, 'pg_type'::regclass),
         case when typnotnull then 'not null' end)
from types
where typtype = 'd'

union all
select 13, 'domain constraint', types.name || '.' || quote_ident(c.conname),
       format('alter domain %s add constraint %I %s', types.name, c.conname, pg_get_constraintdef(c.oid))
from pg_constraint c
join types on types.oid = c.contypid
where c.contype = 'c'

union all
select 14, 'type', name,
       format('create type %s as range (%s)', name, concat_ws(', ',
         'subtype = ' || format_type(r.rngsubtype, null),
         'multirange_type_name = ' || r.rngmultitypid::regtype,
         'subtype_opclass = ' || (select quote_ident(n.nspname) || '.' || quote_ident(o.opcname)
                                  from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace
                                  where o.oid = r.rngsubopc and not o.opcdefault),
         case when r.rngcollation <> s.typcollation then 'collation = ' || r.rngcollation::regcollation end,
         case when r.rngcanonical <> 0 then 'canonical = ' || r.rngcanonical::regproc end,
         case when r.rngsubdiff <> 0 then 'subtype_diff = ' || r.rngsubdiff::regproc end))
from types
join pg_range r on r.rngtypid = types.oid
join pg_type s on s.oid = r.rngsubtype

union all
-- An identity's sequence comes with its column.
select 20, 'sequence', c.oid::regclass::text,
       format('create %ssequence %s as %s start with %s increment by %s minvalue %s maxvalue %s cache %s%s',
         case c.relpersistence when 'u' then 'unlogged ' end, c.oid::regclass, s.seqtypid::regtype,
         s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' cycle' end)
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
where c.relnamespace = 'public'::regnamespace
  and not exists (select from pg_depend d
                  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('e', 'i'))

union all
-- A range brings its constructors along.
select 25, 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p', 'w')
  and not exists (select from pg_depend d
                  where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))

order by 1, 3
