-- What the objects of schema public lean on outside it, as statements that make a stand-in for it on another
-- server: kind, name, statement, in the order in which they can be run. Where nothing can stand in, there is
-- no statement. Run with an empty search_path.

with leaning (classid, objid) as (
  select 'pg_class'::regclass, oid from pg_class where relnamespace = 'public'::regnamespace
  union all
  select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select 'pg_type'::regclass, oid from pg_type where typnamespace = 'public'::regnamespace
  union all
  select 'pg_constraint'::regclass, oid from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select 'pg_attrdef'::regclass, d.oid
  from pg_attrdef d join pg_class c on c.oid = d.adrelid where c.relnamespace = 'public'::regnamespace
  union all
  select 'pg_policy'::regclass, p.oid
  from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = 'public'::regnamespace
  union all
  select 'pg_trigger'::regclass, t.oid
  from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'public'::regnamespace
  union all
  select 'pg_rewrite'::regclass, r.oid
  from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = 'public'::regnamespace
),
needed as (
  select distinct d.refclassid, d.refobjid
  from pg_depend d
  join leaning l on l.classid = d.classid and l.objid = d.objid
  where d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
),
foreign_spaces as (
  select oid, nspname
  from pg_namespace
  where nspname not in ('public', 'information_schema') and nspname !~ '^pg_'
),
functions as (
  select p.*, n.nspname
  from needed
  join pg_proc p on needed.refclassid = 'pg_proc'::regclass and p.oid = needed.refobjid
  join foreign_spaces n on n.oid = p.pronamespace
  where p.prokind = 'f'
),
relations as (
  select c.*, n.nspname
  from needed
  join pg_class c on needed.refclassid = 'pg_class'::regclass and c.oid = needed.refobjid
  join foreign_spaces n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
),
types as (
  select distinct t.*, n.nspname
  from needed
  join pg_type a on needed.refclassid = 'pg_type'::regclass and a.oid = needed.refobjid
  join pg_type t on t.oid = case when a.typelem <> 0 and a.typlen = -1 then a.typelem else a.oid end
  join foreign_spaces n on n.oid = t.typnamespace
  where t.typrelid = 0
),
roles as (
  select r.rolname, r.rolbypassrls
  from pg_roles r
  where r.rolname !~ '^pg_'
    and r.oid in (
      select d.refobjid from pg_shdepend d
      where d.refclassid = 'pg_authid'::regclass
        and d.dbid = (select oid from pg_database where datname = current_database())
      union select c.relowner from pg_class c where c.relnamespace = 'public'::regnamespace
      union select p.proowner from pg_proc p where p.pronamespace = 'public'::regnamespace
      union select n.nspowner from pg_namespace n where n.nspname = 'public')
)

select 1 as place, 'role' as kind, rolname::text as name,
       format('create role %I nologin', rolname) || case when rolbypassrls then ' bypassrls' else '' end as ddl
from roles

union all
select 2, 'schema', nspname::text, format('create schema %I', nspname)
from (
  select nspname from functions union select nspname from relations union select nspname from types
  union select n.nspname from pg_extension e join foreign_spaces n on n.oid = e.extnamespace
) spaces

union all
select 3, 'extension', e.extname::text, format('create extension %I schema %I', e.extname, n.nspname)
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
where e.extname <> 'plpgsql'

union all
select 4, 'type', format('%I.%I', nspname, typname),
       format('create type %I.%I as enum (%s)', nspname, typname, (
         select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
         from pg_enum e where e.enumtypid = types.oid))
from types where typtype = 'e'

union all
-- What an extension brings and this server doesn't have: text takes its place where no length is given.
select 4, 'type', format('%I.%I', nspname, typname),
       format('create domain %I.%I as %s', nspname, typname,
              case typtype when 'd' then format_type(typbasetype, typtypmod) else 'text' end)
from types where typtype in ('d', 'b')

union all
select 5, 'relation', format('%I.%I', nspname, relname),
       format('create table %I.%I (%s)', nspname, relname, concat_ws(', ',
         (select string_agg(format('%I %s', a.attname,
                   case when t.typnamespace = 'pg_catalog'::regnamespace
                        then format_type(a.atttypid, a.atttypmod) else 'text' end), ', ' order by a.attnum)
          from pg_attribute a
          join pg_type t on t.oid = a.atttypid
          where a.attrelid = relations.oid and a.attnum > 0 and not a.attisdropped),
         (select string_agg(format('unique (%s)', (
                   select string_agg(quote_ident(a.attname), ', ' order by k.place)
                   from unnest(i.indkey::smallint[]) with ordinality k (attnum, place)
                   join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
                   where k.place <= i.indnkeyatts)), ', ')
          from pg_index i
          where i.indrelid = relations.oid and i.indisunique and i.indpred is null and i.indexprs is null)))
from relations

union all
select 6, 'function', format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(oid)),
       format('create function %I.%I(%s) returns %s %s language %s as %L', nspname, proname,
         case when pronargdefaults > 0 then pg_get_function_arguments(oid)
              else pg_get_function_identity_arguments(oid) end,
         pg_get_function_result(oid),
         case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
         case when prorettype = 'trigger'::regtype then 'plpgsql' else 'sql' end,
         case when prorettype = 'trigger'::regtype then 'begin return coalesce(new, old); end'
              when prorettype = 'void'::regtype then 'select'
              when proretset then format('select null::%s where false', format_type(prorettype, null))
              else format('select null::%s', format_type(prorettype, null)) end)
from functions

union all
select 7, 'event trigger', evtname::text, null
from pg_event_trigger where evtenabled <> 'D'

union all
select 7, 'publication', p.pubname::text, null
from pg_publication p

order by 1, 3
