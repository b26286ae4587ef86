-- title:    the names of the release belong to nothing else
-- prevents: an index or a view that is silently not made: `if not exists` looks at the name alone
-- section:  1.1, 2.1
-- checks:   PF-1
-- severity: error
-- phase:    preflight
-- evidence: preflight-tables

with expected (name, kind, indexed) as (
  values
    ('ai_provider_configs',                          'table', null),
    ('ai_provider_configs_superseded',               'table', null),
    ('ai_eval_runs',                                 'table', null),
    ('ai_eval_samples',                              'table', null),
    ('ai_eval_run_summary_v1',                       'view',  null),
    ('idx_ai_provider_configs_provider_environment', 'index', 'ai_provider_configs'),
    ('idx_ai_provider_configs_default_per_env',      'index', 'ai_provider_configs'),
    ('idx_ai_provider_configs_enabled',              'index', 'ai_provider_configs'),
    ('idx_ai_training_examples_provider_created',    'index', 'ai_training_examples'),
    ('idx_ai_training_examples_route_created',       'index', 'ai_training_examples'),
    ('idx_ai_training_examples_request_id',          'index', 'ai_training_examples'),
    ('idx_ai_eval_runs_status_started',              'index', 'ai_eval_runs'),
    ('idx_ai_eval_samples_run_id',                   'index', 'ai_eval_samples'),
    ('idx_ai_eval_samples_run_provider',             'index', 'ai_eval_samples')
),
found as (
  select
    e.*,
    case c.relkind
      when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'i' then 'index'
      when 'I' then 'index' when 'm' then 'materialized view' when 'S' then 'sequence'
      when 'f' then 'foreign table'
      else 'relation of kind ' || c.relkind::text
    end as found_kind,
    (select n.nspname || '.' || t.relname from pg_catalog.pg_class t
     join pg_catalog.pg_namespace n on n.oid = t.relnamespace where t.oid = i.indrelid) as found_indexed,
    i.indrelid = to_regclass('public.' || e.indexed) as indexes_it
  from expected e
  join pg_catalog.pg_class c on c.oid = to_regclass('public.' || e.name)
  left join pg_catalog.pg_index i on i.indexrelid = c.oid
)
select
  'public.' || name as object,
  'found: ' || found_kind || coalesce(' of ' || found_indexed, '')
    || '; needed: ' || kind || coalesce(' of public.' || indexed, '') || ', or nothing' as detail,
  'alter ' || found_kind || ' public.' || name || ' rename to ' || name || '_old;' as remedy
from found
where found_kind <> kind or (kind = 'index' and indexes_it is not true)
order by object;
