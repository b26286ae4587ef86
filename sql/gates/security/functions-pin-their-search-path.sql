-- title:    functions that touch the release's tables pin their search_path
-- prevents: a function that finds another table, or another function, of the same name in a schema that its
--           caller chose; with security definer, with the rights of its owner
-- section:  -
-- checks:   -
-- severity: warning
-- phase:    verify
-- evidence: functions

with tables (oid) as (
  select to_regclass(name)
  from (values
    ('public.ai_training_examples'), ('public.ai_provider_configs'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples')
  ) as t (name)
),
found as (
  select
    n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' as name,
    p.prokind,
    p.prosecdef as is_definer,
    exists (
      select from pg_catalog.pg_trigger t
      where t.tgfoid = p.oid and not t.tgisinternal and t.tgrelid in (select oid from tables)
    ) as is_trigger
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname not in ('internal', 'c')
  where not exists (select from unnest(p.proconfig) as setting where starts_with(setting, 'search_path='))
    and p.prosqlbody is null  -- such a body was bound to its tables when it was made
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    and (
      (n.nspname = 'public'
       and p.prosrc
         ~ '\mai_(training_examples|provider_configs|eval_runs|eval_samples|eval_run_summary_v1)\M')
      or exists (
        select from pg_catalog.pg_trigger t
        where t.tgfoid = p.oid and not t.tgisinternal and t.tgrelid in (select oid from tables))
    )
)
select
  name as object,
  'found no search_path in the settings of this ' || case when is_definer then 'security definer ' else '' end
    || case when is_trigger then 'trigger function' when prokind = 'p' then 'procedure' else 'function' end
    || ', needed one' as detail,
  'alter ' || case prokind when 'p' then 'procedure ' else 'function ' end || name
    || ' set search_path = ''''; (and qualify the names in its body)' as remedy,
  'FAIL' as outcome,
  case when is_definer then 'error' else 'warning' end as severity
from found
order by object;
