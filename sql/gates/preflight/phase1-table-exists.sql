-- title:    the training examples of Phase 1 are a table of this database
-- prevents: a rollout pasted into the wrong project, or onto a view that stands where the table should be
-- section:  1.1, 2.1
-- checks:   AS-1, PF-1
-- severity: error
-- phase:    preflight
-- evidence: preflight-tables, table-sizes

with expected (name) as (
  values ('public.ai_training_examples')
),
found as (
  select
    e.name,
    case c.relkind
      when 'r' then 'a table' when 'p' then 'a table' when 'v' then 'a view'
      when 'm' then 'a materialized view' when 'f' then 'a foreign table'
      else coalesce('a relation of kind ' || c.relkind::text, 'nothing')
    end as kind
  from expected e
  left join pg_catalog.pg_class c on c.oid = to_regclass(e.name)
)
select
  name as object,
  'found ' || kind || ', needed a table' as detail,
  'check that this is the right project, then apply Phase 1 to it before Phase 2' as remedy
from found
where kind <> 'a table';
