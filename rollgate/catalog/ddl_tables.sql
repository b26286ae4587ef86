-- Statements that make the tables of schema public anew, with all that hangs on them: place, kind, name, ddl, as in
-- ddl_types.sql. A foreign table, whose server is out of reach, is made as a plain one. Run with an empty search_path.

with relations as (
  select c.*, c.oid::regclass::text as name
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'f', 'm') and c.relpersistence <> 't'
    and not exists (select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
),
tables as (
  select r.*, r.relkind in ('r', 'p') and not r.relispartition
              and exists (select from pg_inherits i where i.inhrelid = r.oid) as inherits
  from relations r
  where r.relkind <> 'm'
),
columns as (
  select t.name as relation, t.relkind, t.relispartition, t.inherits, a.*, quote_ident(a.attname) as name,
         ty.typcollation, ty.typstorage, n.conname as not_null,
         n.conname is not null and not n.convalidated as not_null_later,
         n.connoinherit as not_null_here, n.conislocal as not_null_own,
         pg_get_expr(d.adbin, d.adrelid) as expression
  from tables t
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type ty on ty.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  -- PostgreSQL 18 and newer keep a constraint for each "not null".
  left join pg_constraint n on n.contype = 'n' and n.conrelid = a.attrelid and n.conkey[1] = a.attnum
),
numbered as (
  select d.refobjid as relation, d.refobjsubid as number, d.objid as sequence
  from pg_depend d
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
),
written as (
  select c.attrelid, c.attnum,
         concat_ws(' ', c.name, format_type(c.atttypid, c.atttypmod),
           case when c.attcollation <> c.typcollation then 'collate ' || c.attcollation::regcollation end,
           case
             when c.attgenerated = 's' then format('generated always as (%s) stored', c.expression)
             when c.attgenerated = 'v' then format('generated always as (%s) virtual', c.expression)
             when s.seqrelid is not null then
               format('generated %s as identity (sequence name %s start with %s increment by %s minvalue %s '
                      'maxvalue %s cache %s%s)',
                 case c.attidentity when 'a' then 'always' else 'by default' end, s.seqrelid::regclass,
                 s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                 case when s.seqcycle then ' cycle' end)
             else 'default ' || c.expression
           end,
           case when c.attnotnull and not c.not_null_later
                then concat_ws(' ', 'constraint ' || quote_ident(c.not_null), 'not null',
                               case when c.not_null_here then 'no inherit' end) end) as ddl
  from columns c
  left join numbered on c.attidentity <> '' and numbered.relation = c.attrelid and numbered.number = c.attnum
  left join pg_sequence s on s.seqrelid = numbered.sequence
  where c.attislocal or c.relispartition

  union all
  select attrelid, attnum, format('constraint %I not null %s', not_null, name)
  from columns
  where not (attislocal or relispartition) and not_null_own and not not_null_later
),
options as (
  select t.oid, string_agg(split_part(o.option, '=', 1) || '='
                           || quote_literal(substr(o.option, strpos(o.option, '=') + 1)), ', ') as text
  from tables t
  left join pg_class toast on toast.oid = t.reltoastrelid
  cross join lateral (
    select unnest(t.reloptions) as option
    union all select 'toast.' || unnest(toast.reloptions)) o
  where t.relkind <> 'f'
  group by t.oid
),
indexes as (
  select i.*, i.indexrelid::regclass::text as name, r.name as relation, c.conname, c.oid as constraint
  from pg_index i
  join relations r on r.oid = i.indrelid
  left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')
)

select 30 as place, case t.relkind when 'f' then 'foreign table' else 'table' end as kind, t.name,
       concat_ws(' ', 'create', case t.relpersistence when 'u' then 'unlogged' end, 'table', t.name,
         '(' || coalesce((select string_agg(w.ddl, ', ' order by w.attnum) from written w where w.attrelid = t.oid), '')
             || ')',
         case when t.inherits then
           'inherits (' || (select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno)
                            from pg_inherits i where i.inhrelid = t.oid) || ')' end,
         'partition by ' || pg_get_partkeydef(t.oid),
         (select 'using ' || quote_ident(am.amname) from pg_am am
          where am.oid = t.relam and t.relkind = 'r' and am.amname <> 'heap'),
         'with (' || (select text from options where options.oid = t.oid) || ')') as ddl
from tables t

union all
select 31, 'default', relation || '.' || name,
       concat_ws(' ', 'alter table only', relation, 'alter column', name,
                 coalesce('set default ' || expression, 'drop default'))
from columns
where inherits and not attislocal and attgenerated = ''

union all
select 31, 'column', c.relation || '.' || c.name,
       format('alter table only %s alter column %s set not null', c.relation, c.name)
from columns c
where c.inherits and not c.attislocal and c.attnotnull and c.not_null is null
  and not exists (
    select from pg_inherits i join pg_attribute p on p.attrelid = i.inhparent and p.attname = c.attname
    where i.inhrelid = c.attrelid and p.attnotnull)

union all
select 32, 'partition', t.name,
       format('alter table only %s attach partition %s %s', i.inhparent::regclass, t.name,
              pg_get_expr(t.relpartbound, t.oid))
from tables t
join pg_inherits i on i.inhrelid = t.oid
where t.relispartition

union all
select 33, 'sequence', d.objid::regclass::text,
       format('alter sequence %s owned by %s.%I', d.objid::regclass, t.name, a.attname)
from pg_depend d
join tables t on t.oid = d.refobjid
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
join pg_class s on s.oid = d.objid and s.relkind = 'S'
where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'a'

union all
select 34, 'column', c.relation || '.' || c.name,
       format('alter table only %s alter column %s %s', c.relation, c.name, each.change)
from columns c
cross join lateral (
  select 'set storage '
         || case c.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
  where c.attstorage <> c.typstorage
  union all
  select 'set compression ' || case c.attcompression when 'p' then 'pglz' else 'lz4' end where c.attcompression <> ''
  union all
  select 'set statistics ' || c.attstattarget where c.attstattarget >= 0
  union all
  select 'set (' || array_to_string(c.attoptions, ', ') || ')' where c.attoptions is not null) each (change)
where c.relkind <> 'f'

union all
select 35, 'constraint', relation || '.' || quote_ident(not_null),
       format('alter table %s add constraint %I not null %s not valid', relation, not_null, name)
from columns
where not_null_later and not_null_own

union all
select 40, 'constraint', t.name || '.' || quote_ident(c.conname),
       format('alter table %s add constraint %I %s', t.name, c.conname, pg_get_constraintdef(c.oid))
from pg_constraint c
join tables t on t.oid = c.conrelid
where c.contype = 'c' and c.conislocal

union all
select 41, 'constraint', relation || '.' || quote_ident(conname),
       format('alter table only %s add constraint %I %s', relation, conname, pg_get_constraintdef("constraint"))
from indexes
where "constraint" is not null

union all
select 42, 'index', name, pg_get_indexdef(indexrelid)
from indexes
where "constraint" is null

union all
-- Built concurrently, and failed: the name is taken, and no query uses it.
select 43, 'index', name,
       format('update pg_catalog.pg_index set indisvalid = %L, indisready = %L where indexrelid = %L::regclass',
              indisvalid, indisready, name)
from indexes
where not (indisvalid and indisready)
  and exists (select from pg_class c where c.oid = indexrelid and c.relkind = 'i')

union all
select 43, 'index', indexes.name, format('alter index %s set (%s)', indexes.name, (
         select string_agg(split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ')
         from unnest(c.reloptions) o))
from indexes
join pg_class c on c.oid = indexrelid and c.reloptions is not null
where "constraint" is not null

union all
select 43, 'index', indexes.name,
       format('alter index %s alter column %s set statistics %s', name, a.attnum, a.attstattarget)
from indexes
join pg_attribute a on a.attrelid = indexrelid and a.attstattarget >= 0

union all
select 44, 'index', i.inhrelid::regclass::text,
       format('alter index %s attach partition %s', i.inhparent::regclass, i.inhrelid::regclass)
from pg_inherits i
join indexes on indexes.indexrelid = i.inhrelid

union all
select 45, 'table', t.name, each.change
from tables t
cross join lateral (
  select format('alter table %s cluster on %I', t.name, c.relname)
  from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = t.oid and i.indisclustered
  union all
  select format('alter table only %s replica identity %s', t.name, case t.relreplident
           when 'n' then 'nothing' when 'f' then 'full'
           else 'using index ' || (select quote_ident(c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid
                                   where i.indrelid = t.oid and i.indisreplident) end)
  where t.relreplident <> 'd') each (change)

union all
select 50, 'constraint', t.name || '.' || quote_ident(c.conname),
       format('alter table %s%s add constraint %I %s', case t.relkind when 'p' then '' else 'only ' end, t.name,
              c.conname,
              pg_get_constraintdef(c.oid))
from pg_constraint c
join tables t on t.oid = c.conrelid
where c.contype = 'f' and c.conparentid = 0

order by 1, 3
