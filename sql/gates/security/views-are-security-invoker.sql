-- title:    a view of the release's tables asks with the rights of whoever reads it
-- prevents: a view that reads past row level security with its owner's rights, for anybody who may select it
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_eval_run_summary_v1
-- evidence: grants

with recursive tables (oid) as (
  select to_regclass(name)::oid
  from (values
    ('public.ai_training_examples'), ('public.ai_provider_configs'),
    ('public.ai_provider_configs_superseded'), ('public.ai_eval_runs'), ('public.ai_eval_samples')
  ) as t (name)
),
-- Views upon views, too.
readers (oid) as (
  select to_regclass('public.ai_eval_run_summary_v1')::oid
  union
  select r.ev_class
  from (select oid from tables union select oid from readers) as source
  join pg_catalog.pg_depend d
    on d.refobjid = source.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.classid = 'pg_catalog.pg_rewrite'::regclass
  join pg_catalog.pg_rewrite r on r.oid = d.objid
),
found as (
  select
    n.nspname || '.' || c.relname as name,
    c.relkind,
    c.oid = to_regclass('public.ai_eval_run_summary_v1') as is_ours,
    exists (
      select from unnest(c.reloptions) as o (text)
      where case split_part(o.text, '=', 1)
        when 'security_invoker' then split_part(o.text, '=', 2)::boolean end
    ) as is_invoker,
    array_to_string(array(
      select role
      from (
        select 'public' as role
        union all
        select rolname::text from pg_catalog.pg_roles where rolname in ('anon', 'authenticated')
      ) o
      where has_any_column_privilege(o.role, c.oid, 'SELECT')
    ), ', ') as readable_by
  from readers v
  join pg_catalog.pg_class c on c.oid = v.oid and c.relkind in ('v', 'm')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
)
select
  name as object,
  'found a ' || case relkind when 'm' then 'materialized ' else '' end || 'view without security_invoker'
    || coalesce(', readable by ' || nullif(readable_by, ''), '')
    || '; needed security_invoker = true'
    || case when is_ours then '' else ', or no grant to anon, authenticated and PUBLIC' end as detail,
  case when relkind = 'm' then 'revoke all on ' || name || ' from public, anon, authenticated;'
    else 'alter view ' || name || ' set (security_invoker = true);' end as remedy
from found
where not is_invoker and (is_ours or readable_by <> '')
order by object;
