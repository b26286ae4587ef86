-- title:    the two eval tables and their summary view exist
-- prevents: a rollout whose first nightly eval finds nowhere to write, or nothing to read
-- section:  0.3, 1.4, 2.4
-- checks:   RG-3, SD-5, ST-5
-- severity: error
-- phase:    verify
-- evidence: eval-objects

with expected (name, kind) as (
  values
    ('public.ai_eval_runs', 'table'),
    ('public.ai_eval_samples', 'table'),
    ('public.ai_eval_run_summary_v1', 'view')
),
found as (
  select
    e.*,
    case c.relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view'
      else 'relation of kind ' || c.relkind::text end as found_kind
  from expected e
  left join pg_catalog.pg_class c on c.oid = to_regclass(e.name)
)
select
  name as object,
  'found ' || coalesce('a ' || found_kind, 'nothing') || ', needed a ' || kind as detail,
  case when found_kind is null then 'paste the base migration again'
    else 'move what stands there out of the way, then paste the base migration again' end as remedy
from found
where found_kind is distinct from kind
order by object;
