-- title:    no function that reads the release's tables with its owner's rights can be called by everybody
-- prevents: prompts and routing that come out through an RPC of the REST API, past row level security: a new
--           function may be executed by PUBLIC unless somebody revokes it
-- section:  -
-- checks:   -
-- severity: warning
-- phase:    verify
-- evidence: functions

with outsiders (role) as (
  select 'public'
  union all
  select rolname::text from pg_catalog.pg_roles where rolname in ('anon', 'authenticated')
),
found as (
  select
    n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' as name,
    p.prokind,
    array_to_string(array(
      select o.role from outsiders o where has_function_privilege(o.role, p.oid, 'EXECUTE') order by 1
    ), ', ') as callers
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'public'
    and p.prosecdef
    and p.prorettype <> 'pg_catalog.trigger'::regtype  -- nobody calls these
    and coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
      ~ '\mai_(training_examples|provider_configs|eval_runs|eval_samples|eval_run_summary_v1)\M'
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
)
select
  name as object,
  'found a security definer function that ' || callers || ' may execute, needed none' as detail,
  'revoke execute on ' || case prokind when 'p' then 'procedure ' else 'function ' end || name
    || ' from public, anon, authenticated;' as remedy
from found
where callers <> ''
order by object;
