-- What schema public holds and ddl_*.sql can't make anew: kind, name, and whether something else in the database
-- leans on it. Run with an empty search_path.

with beyond (classid, objid) as (
  select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'a'
  union all
  select 'pg_type', oid from pg_type
  where typnamespace = 'public'::regnamespace and typtype in ('b', 'p')
    and not exists (select from pg_type e where e.typarray = pg_type.oid)
  union all
  select 'pg_operator', oid from pg_operator where oprnamespace = 'public'::regnamespace
  union all
  select 'pg_opclass', oid from pg_opclass where opcnamespace = 'public'::regnamespace
  union all
  select 'pg_opfamily', oid from pg_opfamily where opfnamespace = 'public'::regnamespace
  union all
  select 'pg_collation', oid from pg_collation where collnamespace = 'public'::regnamespace
  union all
  select 'pg_conversion', oid from pg_conversion where connamespace = 'public'::regnamespace
  union all
  select 'pg_ts_config', oid from pg_ts_config where cfgnamespace = 'public'::regnamespace
  union all
  select 'pg_ts_dict', oid from pg_ts_dict where dictnamespace = 'public'::regnamespace
  union all
  select 'pg_class', oid from pg_class where relnamespace = 'public'::regnamespace and reloftype <> 0
)

select i.type as kind, i.identity as name,
       b.classid = 'pg_class'::regclass or exists (
         select from pg_depend d
         where d.refclassid = b.classid and d.refobjid = b.objid and d.deptype in ('n', 'a')
           and (d.classid, d.objid) not in (select classid, objid from beyond)) as leant_on
from beyond b
cross join lateral pg_identify_object(b.classid, b.objid, 0) i
where not exists (select from pg_depend d
                  where d.classid = b.classid and d.objid = b.objid and d.deptype = 'e')
order by 1, 2
