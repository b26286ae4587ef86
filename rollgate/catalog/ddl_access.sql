-- Statements that give what schema public holds its owners, grants and comments, and the schema its default privileges:
-- place, kind, name, ddl, as in ddl_types.sql. Default privileges come last: they would reach what is made after them.
-- Run with an empty search_path.

with brought as (
  select classid, objid from pg_depend where deptype = 'e' and refclassid = 'pg_extension'::regclass
  union all  -- the constructors of a range
  select classid, objid from pg_depend where deptype = 'i' and classid = 'pg_proc'::regclass
),
objects (classid, objid, word, name, owner, acl) as (
  select 'pg_namespace'::regclass, oid, 'schema', quote_ident(nspname), nspowner, nspacl
  from pg_namespace where nspname = 'public'
  union all
  select 'pg_class', c.oid,
         case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view'
                        else 'table' end,
         c.oid::regclass::text, c.relowner, c.relacl
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    and c.relpersistence <> 't'
  union all
  select 'pg_type', t.oid, case t.typtype when 'd' then 'domain' else 'type' end, t.oid::regtype::text,
         t.typowner, t.typacl
  from pg_type t
  left join pg_class c on c.oid = t.typrelid
  where t.typnamespace = 'public'::regnamespace and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
  union all
  select 'pg_proc', p.oid, 'routine', p.oid::regprocedure::text, p.proowner, p.proacl
  from pg_proc p
  where p.pronamespace = 'public'::regnamespace
  union all
  select 'pg_statistic_ext', s.oid, 'statistics', 'public.' || quote_ident(s.stxname), s.stxowner, null
  from pg_statistic_ext s
  where s.stxnamespace = 'public'::regnamespace
),
own as (
  select o.*, quote_ident(pg_get_userbyid(o.owner)) as owned_by,
         case when o.word in ('view', 'materialized view') then 'table' else o.word end as granted
  from objects o
  where not exists (select from brought where brought.classid = o.classid and brought.objid = o.objid)
),
entries (place, number, word, name, grantee, grantable, privileges) as (
  -- MAINTAIN goes apart: a server before PostgreSQL 17 doesn't know it.
  select 72, min(g.number), o.granted, o.name, g.grantee, g.is_grantable,
         string_agg(g.privilege_type, ', ' order by g.privilege_type)
  from own o
  cross join lateral aclexplode(o.acl) with ordinality g (grantor, grantee, privilege_type, is_grantable, number)
  group by o.granted, o.name, g.grantee, g.is_grantable, g.privilege_type = 'MAINTAIN'
  union all
  select 73, min(g.number), 'table', o.name, g.grantee, g.is_grantable,
         string_agg(format('%s (%I)', g.privilege_type, a.attname), ', ' order by g.privilege_type)
  from own o
  join pg_attribute a on a.attrelid = o.objid and o.classid = 'pg_class'::regclass and not a.attisdropped
  cross join lateral aclexplode(a.attacl) with ordinality g (grantor, grantee, privilege_type, is_grantable, number)
  group by o.name, a.attname, g.grantee, g.is_grantable
),
defaults as (
  select pg_get_userbyid(d.defaclrole) as role, d.defaclnamespace = 0 as everywhere, d.defaclacl,
         case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'routines'
                              when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end as word
  from pg_default_acl d
  where d.defaclnamespace in (0, 'public'::regnamespace)
)

select place, kind, name, ddl
from (
  select 70 as place, 0 as number, 'owner' as kind, o.name,
         format('alter %s %s owner to %s', o.word, o.name, o.owned_by) as ddl
  from own o
  where not exists (
    select from pg_depend d
    where o.word = 'sequence' and d.classid = 'pg_class'::regclass and d.objid = o.objid
      and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))

  union all
  select 71, 0, 'grant', o.name, format('revoke all on %s %s from public, %s', o.granted, o.name, o.owned_by)
  from own o
  where o.acl is not null

  union all
  select place, number, 'grant', entries.name || ' to ' || grantee.name,
         format('grant %s on %s %s to %s%s', privileges, word, entries.name, grantee.name,
                case when grantable then ' with grant option' end)
  from entries
  cross join lateral (
    select case entries.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(entries.grantee)) end
           as name) grantee

  union all
  select 80, 0, 'comment', i.identity,
         format('comment on %s %s is %L',
           case
             when i.type in ('table constraint', 'domain constraint') then 'constraint'
             when i.type like '% column' then 'column'
             when i.type = 'composite type' then 'type'
             when i.type = 'statistics object' then 'statistics'
             when i.type = 'foreign table' then 'table'
             else i.type
           end,
           case i.type when 'domain constraint' then replace(i.identity, ' on ', ' on domain ') else i.identity end,
           d.description)
  from pg_description d
  cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  where (
      (d.classoid, d.objoid) in (select classid, objid from own)
      or d.classoid = 'pg_class'::regclass
         and d.objoid in (select oid from pg_class
                         where relnamespace = 'public'::regnamespace and relkind in ('i', 'I', 'c'))
      or d.classoid = 'pg_constraint'::regclass
         and d.objoid in (select oid from pg_constraint where connamespace = 'public'::regnamespace)
      or d.classoid = 'pg_trigger'::regclass
         and d.objoid in (select oid from pg_trigger where tgrelid in (select objid from own))
      or d.classoid = 'pg_policy'::regclass
         and d.objoid in (select oid from pg_policy where polrelid in (select objid from own))
      or d.classoid = 'pg_rewrite'::regclass
         and d.objoid in (select oid from pg_rewrite where ev_class in (select objid from own)))
    and (d.classoid, d.objoid) not in (select classid, objid from brought)

  union all
  select 90, 0, 'default privileges', role || ' on ' || word,
         format('alter default privileges for role %I %s', role, each.change)
  from defaults
  cross join lateral (
    select format('revoke all on %s from public, %I', word, role) where everywhere
    union all
    select format('%s grant %s on %s to %s%s', case when not everywhere then 'in schema public' end,
             string_agg(g.privilege_type, ', ' order by g.privilege_type), word,
             case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
             case when g.is_grantable then ' with grant option' end)
    from aclexplode(defaclacl) g
    group by g.grantee, g.is_grantable, g.privilege_type = 'MAINTAIN') each (change)
) statements
order by place, number, name, ddl desc
