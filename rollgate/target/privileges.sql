-- What the role could have changed, had the transaction let it: itself, and what it may become.

with reachable as (
  select r.oid, r.rolname, r.rolsuper, r.rolcreaterole
  from pg_catalog.pg_roles r
  where r.rolname = session_user
    or (
      pg_has_role(session_user, r.oid, 'member')
      and not (select s.rolsuper from pg_catalog.pg_roles s where s.rolname = session_user)
    )
),
relations as (
  select c.oid, c.oid::regclass::text as name, c.relowner, c.relnamespace
  from unnest({relations}::text[]) as wanted (name)
  join pg_catalog.pg_class c on c.oid = to_regclass(wanted.name)
  where c.relkind in ('r', 'p', 'v', 'f')
),
found (rank, object, may, through) as (
  select 1, 'everything', 'do anything, as a superuser', rolname from reachable where rolsuper
  union all
  select 2, 'roles', 'make roles and become them', rolname from reachable where rolcreaterole and not rolsuper
  union all
  select 3, 'everything', 'write, as a member', rolname
  from reachable
  where rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
  union all
  select 4, c.name, string_agg(p.name, ', ' order by p.number), r.rolname
  from relations c
  cross join reachable r
  cross join lateral (
    select number, name
    from unnest(array['insert', 'update', 'delete', 'truncate']) with ordinality as wanted (name, number)
    where has_table_privilege(r.oid, c.oid, wanted.name)
      or (wanted.name in ('insert', 'update') and has_any_column_privilege(r.oid, c.oid, wanted.name))
    union all
    select 5, 'own it' where c.relowner = r.oid
  ) p
  where not r.rolsuper
  group by c.name, r.rolname
  union all
  select 5, 'schema ' || n.nspname, 'create', r.rolname
  from pg_catalog.pg_namespace n
  cross join reachable r
  where n.oid in (select relnamespace from relations)
    and not r.rolsuper
    and has_schema_privilege(r.oid, n.oid, 'create')
)
select object, may, through
from found
order by rank, object, through;
