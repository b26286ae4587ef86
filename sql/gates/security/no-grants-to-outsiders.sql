-- title:    anon, authenticated and PUBLIC have no privilege on what the release adds
-- prevents: routing that can be changed, or eval results that can be read, with the public key: older
--           projects grant every new table to these roles
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs, public.ai_eval_runs, public.ai_eval_samples,
--           public.ai_eval_run_summary_v1
-- evidence: grants

with expected (name) as (
  values
    ('public.ai_provider_configs'), ('public.ai_provider_configs_superseded'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples'), ('public.ai_eval_run_summary_v1')
),
relations as (
  select c.oid, e.name, 'table' as kind
  from expected e
  join pg_catalog.pg_class c on c.oid = to_regclass(e.name)
  union all
  select s.oid, n.nspname || '.' || s.relname, 'sequence'
  from expected e
  join pg_catalog.pg_depend d
    on d.refobjid = to_regclass(e.name) and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.classid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
  join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
  join pg_catalog.pg_namespace n on n.oid = s.relnamespace
),
outsiders (role) as (
  select 'public'
  union all
  select rolname::text from pg_catalog.pg_roles where rolname in ('anon', 'authenticated')
),
-- These functions see what a role has, also as a member of another role; not what it has as PUBLIC twice.
found as (
  select r.name, r.kind, o.role, array_to_string(array(
    select p.privilege
    from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
      with ordinality as p (privilege, place)
    where r.kind = 'table'
      and case when p.privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            then has_any_column_privilege(o.role, r.oid, p.privilege)
              and (o.role = 'public' or not has_any_column_privilege('public', r.oid, p.privilege))
            else has_table_privilege(o.role, r.oid, p.privilege)
              and (o.role = 'public' or not has_table_privilege('public', r.oid, p.privilege)) end
    union all
    select p.privilege
    from unnest(array['USAGE', 'SELECT', 'UPDATE']) as p (privilege)
    where r.kind = 'sequence' and has_sequence_privilege(o.role, r.oid, p.privilege)
      and (o.role = 'public' or not has_sequence_privilege('public', r.oid, p.privilege))
  ), ', ') as privileges
  from relations r
  cross join outsiders o
)
select
  name || ' to ' || role as object,
  'found ' || privileges || ' granted to ' || role || ', needed none' as detail,
  'revoke all on ' || kind || ' ' || name || ' from ' || role || ';' as remedy
from found
where privileges <> ''
order by object;
