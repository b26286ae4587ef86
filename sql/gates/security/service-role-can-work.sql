-- title:    service_role can read and write what the runtime and the evals need
-- prevents: a REST API that answers 42501 while SQL works: newer projects grant service_role nothing on new
--           tables
-- section:  5
-- checks:   EV-1, SK-2
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_runs,
--           public.ai_eval_samples, public.ai_eval_run_summary_v1
-- evidence: grants, policies

with expected (name, privilege, command) as (
  select t.name, p.privilege, p.command
  from (values
    ('public.ai_training_examples'), ('public.ai_provider_configs'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples')
  ) as t (name)
  cross join (values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w')) as p (privilege, command)
  union all
  values ('public.ai_eval_run_summary_v1', 'SELECT', null)
),
service as (
  select oid, rolbypassrls or rolsuper as is_above_it from pg_catalog.pg_roles where rolname = 'service_role'
),
found as (
  select
    e.name,
    e.privilege,
    has_table_privilege(s.oid, to_regclass(e.name), e.privilege) as is_granted,
    e.command is null or s.is_above_it or not c.relrowsecurity
      or (pg_has_role(s.oid, c.relowner, 'USAGE') and not c.relforcerowsecurity)
      or exists (
        select from pg_catalog.pg_policy l
        where l.polrelid = c.oid and l.polpermissive and l.polcmd in ('*', e.command)
          and exists (
            select from unnest(l.polroles) as member (oid)
            where member.oid = 0 or pg_has_role(s.oid, member.oid, 'USAGE'))
      ) as sees_rows
  from expected e
  cross join service s
  join pg_catalog.pg_class c on c.oid = to_regclass(e.name)
),
-- The sequence of an identity column needs no grant, one behind a plain default does.
sequences as (
  select n.nspname || '.' || q.relname as name, has_sequence_privilege(s.oid, q.oid, 'USAGE') as is_granted
  from service s
  cross join (select distinct name from expected) e
  join pg_catalog.pg_attrdef f on f.adrelid = to_regclass(e.name)
  join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = f.oid
    and d.refclassid = 'pg_catalog.pg_class'::regclass
  join pg_catalog.pg_class q on q.oid = d.refobjid and q.relkind = 'S'
  join pg_catalog.pg_namespace n on n.oid = q.relnamespace
)
select
  'service_role' as object,
  'found no such role, needed the role that service code works as' as detail,
  'check that this is a Supabase database; on another: create role service_role nologin bypassrls;' as remedy
where not exists (select from service)
union all
select
  'public',
  'found no usage on schema public for service_role, needed it',
  'grant usage on schema public to service_role;'
from service s
where not has_schema_privilege(s.oid, 'public', 'USAGE')
union all
select
  name,
  'found no ' || string_agg(privilege, ', ' order by privilege) || ' for service_role, needed it',
  'grant ' || lower(string_agg(privilege, ', ' order by privilege)) || ' on ' || name || ' to service_role;'
from found
where not is_granted
group by name
union all
select
  name,
  'found row level security that hides the rows from service_role for '
    || string_agg(privilege, ', ' order by privilege) || ', needed bypassrls or a policy',
  'alter role service_role bypassrls;'
from found
where not sees_rows
group by name
union all
select
  name,
  'found no usage for service_role, needed it to number new rows',
  'grant usage, select on sequence ' || name || ' to service_role;'
from sequences
where not is_granted
order by object;
