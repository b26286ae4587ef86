-- title:    the four tables of the release are permanent tables
-- prevents: a runtime that writes to a table that is missing, or to an unlogged one, which is empty after a
--           crash
-- section:  1.1, 2.1
-- checks:   PF-1, AS-1
-- severity: error
-- phase:    verify
-- evidence: preflight-tables

with expected (name) as (
  values
    ('public.ai_training_examples'), ('public.ai_provider_configs'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples')
),
found as (
  select e.name, c.relkind, c.relpersistence
  from expected e
  left join pg_catalog.pg_class c on c.oid = to_regclass(e.name)
)
select
  name as object,
  case
    when relkind is null then 'found nothing'
    when relkind not in ('r', 'p') then 'found a relation of kind ' || relkind::text
    else 'found an unlogged table'
  end || ', needed a permanent table' as detail,
  case
    when relkind is null then 'paste the base migration again'
    when relkind not in ('r', 'p')
      then 'move what stands there out of the way, then paste the base migration again'
    else 'alter table ' || name || ' set logged;'
  end as remedy
from found
where relkind is null or relkind not in ('r', 'p') or relpersistence <> 'p'
order by object;
