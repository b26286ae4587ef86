-- Statements that make the views, triggers, rules, policies and statistics of schema public anew: place, kind,
-- name, ddl, as in ddl_types.sql. Run with an empty search_path.

with relations as (
  select c.*, c.oid::regclass::text as name
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
    and not exists (select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)

select 60 as place, 'view' as kind, r.name,
       concat_ws(' ', case r.relkind when 'v' then 'create view' else 'create materialized view' end, r.name,
         (select 'using ' || quote_ident(am.amname) from pg_am am where am.oid = r.relam and am.amname <> 'heap'),
         'with (' || (select string_agg(split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)),
                                        ', ')
                      from unnest(r.reloptions) o) || ')',
         'as', rtrim(pg_get_viewdef(r.oid), ';'), case r.relkind when 'm' then 'with no data' end) as ddl
from relations r
where r.relkind in ('v', 'm')

union all
select 61, 'default', r.name || '.' || quote_ident(a.attname),
       format('alter view %s alter column %I set default %s', r.name, a.attname, pg_get_expr(d.adbin, d.adrelid))
from relations r
join pg_attrdef d on d.adrelid = r.oid
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where r.relkind = 'v'

union all
select 62, 'rule', r.name || '.' || quote_ident(w.rulename), each.ddl
from pg_rewrite w
join relations r on r.oid = w.ev_class
cross join lateral (
  select pg_get_ruledef(w.oid)
  union all
  select format('alter table %s %s rule %I', r.name, case w.ev_enabled
           when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, w.rulename)
  where w.ev_enabled <> 'O') each (ddl)
where w.rulename <> '_RETURN'

union all
select 63, 'trigger', r.name || '.' || quote_ident(t.tgname), each.ddl
from pg_trigger t
join relations r on r.oid = t.tgrelid
left join pg_trigger parent on parent.oid = t.tgparentid
cross join lateral (
  select pg_get_triggerdef(t.oid) where t.tgparentid = 0
  union all
  select format('alter table %s %s trigger %I', r.name, case t.tgenabled
           when 'O' then 'enable' when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end,
           t.tgname)
  where t.tgenabled <> coalesce(parent.tgenabled, 'O')) each (ddl)
where not t.tgisinternal

union all
select 64, 'policy', r.name || '.' || quote_ident(p.polname),
       concat_ws(' ', 'create policy', quote_ident(p.polname), 'on', r.name,
         case when not p.polpermissive then 'as restrictive' end,
         'for ' || case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert'
                                 when 'w' then 'update' else 'delete' end,
         'to ' || array_to_string(array(
           select case roleid when 0 then 'public' else quote_ident(pg_get_userbyid(roleid)) end
           from unnest(p.polroles) roleid), ', '),
         'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
         'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
from pg_policy p
join relations r on r.oid = p.polrelid

union all
select 65, 'row security', r.name, format('alter table %s %s row level security', r.name, each.word)
from relations r
cross join lateral (
  select 'enable' where r.relrowsecurity
  union all select 'force' where r.relforcerowsecurity) each (word)

union all
select 66, 'statistics', quote_ident(s.stxname), each.ddl
from pg_statistic_ext s
cross join lateral (
  select pg_get_statisticsobjdef(s.oid)
  union all
  select format('alter statistics public.%I set statistics %s', s.stxname, s.stxstattarget)
  where s.stxstattarget >= 0) each (ddl)
where s.stxnamespace = 'public'::regnamespace

order by 1, 3
