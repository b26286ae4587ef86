-- title:    every column of the contract has its type, its nullability and its default
-- prevents: inserts that fail or lose their meaning: a default of selected_provider would make silent
--           telemetry look written, one of an eval's outcome would be counted as measured, a missing
--           "not null" would let rows through that no metric counts
-- section:  1.1, 2.1
-- checks:   PF-2, RG-1
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_runs,
--           public.ai_eval_samples
-- evidence: columns

-- `required`: whether the column is "not null"; null where the contract leaves it open.
-- `fallback`: the default, as a pattern; 'none' is for columns that must have none, null is for any.
with expected (relation, layout, name, type, required, fallback) as (
  values
    ('ai_provider_configs',  'any',       'id',                       'bigint',      true,
     'identity|nextval.+'),
    ('ai_provider_configs',  'any',       'provider',                 'text',        true,  'none'),
    ('ai_provider_configs',  'any',       'environment',              'text',        true,  '''prod'''),
    ('ai_provider_configs',  'any',       'enabled',                  'boolean',     true,  'true'),
    ('ai_provider_configs',  'any',       'is_default',               'boolean',     true,  'false'),
    ('ai_provider_configs',  'any',       'weight',                   'integer',     true,  '100'),
    ('ai_provider_configs',  'any',       'timeout_ms',               'integer',     true,  '45000'),
    ('ai_provider_configs',  'any',       'max_retries',              'integer',     true,  '1'),
    ('ai_provider_configs',  'any',       'model',                    'text',        false, 'none'),
    ('ai_provider_configs',  'any',       'prompt_template_version',  'text',        true,  '''v1'''),
    ('ai_provider_configs',  'any',       'metadata',                 'jsonb',       true,
     '''[{][}]''|jsonb_build_object[(][)]'),
    -- Which default these have is the question of timestamp-defaults-are-instants.
    ('ai_provider_configs',  'any',       'created_at',               'timestamptz', true,  '.+'),
    ('ai_provider_configs',  'any',       'updated_at',               'timestamptz', true,  '.+'),

    ('ai_training_examples', 'any',       'request_id',               'uuid',        false, 'none'),
    ('ai_training_examples', 'any',       'requested_provider',       'text',        false, 'none'),
    ('ai_training_examples', 'any',       'selected_provider',        'text',        false, 'none'),
    ('ai_training_examples', 'any',       'route_strategy',           'text',        true,
     '''single_provider'''),
    ('ai_training_examples', 'any',       'fallback_provider',        'text',        false, 'none'),
    ('ai_training_examples', 'any',       'fallback_used',            'boolean',     true,  'false'),
    ('ai_training_examples', 'any',       'latency_ms',               'integer',     false, 'none'),
    ('ai_training_examples', 'any',       'prompt_template_version',  'text',        true,  '''v1'''),

    ('ai_eval_runs',         'v2',        'run_id',                   'uuid',        true,  'none'),
    ('ai_eval_runs',         'v2',        'triggered_by',             'text',        false, null),
    ('ai_eval_runs',         'v2',        'commit_sha',               'text',        false, null),
    ('ai_eval_runs',         'v2',        'thresholds',               'jsonb',       null,  null),
    ('ai_eval_runs',         'v2',        'status',                   'text',        null,  '''running'''),
    ('ai_eval_runs',         'v2',        'finished_at',              'timestamptz', false, null),
    ('ai_eval_runs',         'sitecraft', 'id',                       'uuid',        true,  null),
    ('ai_eval_runs',         'sitecraft', 'status',                   'text',        null,  null),
    ('ai_eval_runs',         'sitecraft', 'provider',                 'text',        null,  null),
    ('ai_eval_runs',         'sitecraft', 'model',                    'text',        null,  null),
    ('ai_eval_runs',         'sitecraft', 'prompt_set_version',       'text',        null,  null),
    ('ai_eval_runs',         'sitecraft', 'metrics',                  'jsonb',       null,  null),
    ('ai_eval_runs',         'sitecraft', 'completed_at',             'timestamptz', false, null),
    ('ai_eval_runs',         'any',       'run_type',                 'text',        null,  null),
    ('ai_eval_runs',         'any',       'dataset_ref',              'text',        null,  null),
    ('ai_eval_runs',         'any',       'started_at',               'timestamptz', null,  null),
    ('ai_eval_runs',         'any',       'metadata',                 'jsonb',       null,  null),

    ('ai_eval_samples',      'v2',        'id',                       'bigint',      true,
     'identity|nextval.+'),
    ('ai_eval_samples',      'v2',        'run_id',                   'uuid',        true,  'none'),
    ('ai_eval_samples',      'v2',        'latency_ms',               'integer',     false, 'none'),
    ('ai_eval_samples',      'v2',        'schema_valid',             'boolean',     true,  'none'),
    ('ai_eval_samples',      'v2',        'patch_apply_success',      'boolean',     true,  'none'),
    ('ai_eval_samples',      'v2',        'edited_after_generate',    'boolean',     true,  'none'),
    ('ai_eval_samples',      'v2',        'published_within_7d',      'boolean',     true,  'none'),
    ('ai_eval_samples',      'v2',        'safety_html_tailwind_compliant', 'boolean', true, 'none'),
    ('ai_eval_samples',      'sitecraft', 'run_id',                   'uuid',        null,  null),
    ('ai_eval_samples',      'sitecraft', 'sample_key',               'text',        null,  null),
    ('ai_eval_samples',      'sitecraft', 'prompt_hash',              'text',        null,  null),
    ('ai_eval_samples',      'sitecraft', 'provider',                 'text',        null,  null),
    ('ai_eval_samples',      'sitecraft', 'model',                    'text',        null,  null),
    ('ai_eval_samples',      'sitecraft', 'latency_ms',               'integer',     null,  null),
    ('ai_eval_samples',      'sitecraft', 'schema_valid',             'boolean',     null,  null),
    ('ai_eval_samples',      'sitecraft', 'patch_apply_success',      'boolean',     null,  null),
    ('ai_eval_samples',      'sitecraft', 'edited_after_generate',    'boolean',     null,  null),
    ('ai_eval_samples',      'sitecraft', 'published_within_7d',      'boolean',     null,  null),
    ('ai_eval_samples',      'sitecraft', 'safety_html_tailwind_compliant', 'boolean', null, null),
    ('ai_eval_samples',      'any',       'training_example_id',      'the key''s',  false, 'none'),
    ('ai_eval_samples',      'any',       'request_id',               'uuid',        false, 'none'),
    ('ai_eval_samples',      'any',       'requested_provider',       'text',        false, 'none'),
    ('ai_eval_samples',      'any',       'selected_provider',        'text',        false, 'none'),
    ('ai_eval_samples',      'any',       'route_strategy',           'text',        false, 'none'),
    ('ai_eval_samples',      'any',       'fallback_used',            'boolean',     true,  'false'),
    ('ai_eval_samples',      'any',       'created_at',               'timestamptz', null,  null),
    ('ai_eval_samples',      'any',       'metadata',                 'jsonb',       null,  null)
),
present as (
  select
    c.relname as relation,
    a.attname as name,
    format_type(a.atttypid, a.atttypmod) as type,
    -- Since PostgreSQL 18 a "not null" can be there without having been proven for old rows.
    a.attnotnull and not exists (
      select from pg_catalog.pg_constraint n
      where n.conrelid = c.oid and n.contype = 'n' and n.conkey = array[a.attnum] and not n.convalidated
    ) as required,
    case
      when a.attidentity <> '' then 'identity'
      when a.attgenerated <> '' then 'generated always'
      else pg_get_expr(d.adbin, d.adrelid)
    end as fallback
  from pg_catalog.pg_class c
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
),
target as (
  select
    case when exists (select from present where relation = 'ai_eval_runs' and name = 'run_id')
      then 'v2' else 'sitecraft' end as layout,
    (select type from present where relation = 'ai_training_examples' and name = 'id') as key_type
),
found as (
  select
    e.relation, e.name, e.required, e.fallback,
    case e.type
      when 'timestamptz' then 'timestamp with time zone' when 'the key''s' then t.key_type else e.type
    end as type,
    p.type as found_type,
    p.required as found_required,
    p.fallback as found_fallback
  from target t
  join expected e on e.layout in ('any', t.layout)
  left join present p using (relation, name)
),
judged as (
  select
    *,
    found_type = type as same_type,
    coalesce(found_required = required, true) as same_null,
    -- Casts and parentheses around a default change nothing.
    found_fallback is distinct from 'generated always' and case
      when fallback is null then true
      when fallback = 'none' then found_fallback is null
      else coalesce(
        found_fallback
          ~ ('^[(]*(' || fallback || ')([)]*::(text|character varying|jsonb?|integer))*[)]*$'), false)
    end as same_default
  from found
)
select
  'public.' || relation || '.' || name as object,
  case
    when found_type is null then 'found no such column'
    else 'found ' || found_type || case when found_required then ' not null' else '' end
      || coalesce(', default ' || found_fallback, '')
  end
    || '; needed ' || type
    || case when required then ' not null' when not required then ' that may be null' else '' end
    || case when fallback is null then '' when fallback = 'none' then ', no default'
         when fallback = '.+' then ', default now()'
         else ', default ' || replace(split_part(fallback, '|', 1), '[{][}]', '{}') end as detail,
  case
    when found_type is null then 'paste the base migration again'
    when not same_type then 'alter table public.' || relation || ' alter column ' || name || ' type ' || type
      || ' using ' || name || '::' || type || '; then paste the base migration again'
    when fallback = 'none' and not same_default
      then 'alter table public.' || relation || ' alter column ' || name || ' drop default;'
    when not required and not same_null
      then 'alter table public.' || relation || ' alter column ' || name || ' drop not null;'
    else 'paste the base migration again'
  end as remedy,
  'FAIL' as outcome,
  case
    when type = 'text' and found_type = 'character varying' and same_null and same_default then 'warning'
    else 'error'
  end as severity
from judged
where same_type is not true or not same_null or not same_default
order by object;
