-- title:    columns of the release that this database already has are of the contract's type
-- prevents: a rollout that reports success and leaves a column of another type: `add column if not exists`
--           keeps whatever is there
-- section:  1.1, 2.1
-- checks:   PF-2
-- severity: error
-- phase:    preflight
-- evidence: preflight-columns

with expected (relation, name, type) as (
  values
    ('ai_provider_configs',  'id',                             'bigint'),
    ('ai_provider_configs',  'provider',                       'text'),
    ('ai_provider_configs',  'environment',                    'text'),
    ('ai_provider_configs',  'enabled',                        'boolean'),
    ('ai_provider_configs',  'is_default',                     'boolean'),
    ('ai_provider_configs',  'weight',                         'integer'),
    ('ai_provider_configs',  'timeout_ms',                     'integer'),
    ('ai_provider_configs',  'max_retries',                    'integer'),
    ('ai_provider_configs',  'model',                          'text'),
    ('ai_provider_configs',  'prompt_template_version',        'text'),
    ('ai_provider_configs',  'metadata',                       'jsonb'),
    ('ai_provider_configs',  'created_at',                     'timestamp with time zone'),
    ('ai_provider_configs',  'updated_at',                     'timestamp with time zone'),
    ('ai_training_examples', 'request_id',                     'uuid'),
    ('ai_training_examples', 'requested_provider',             'text'),
    ('ai_training_examples', 'selected_provider',              'text'),
    ('ai_training_examples', 'route_strategy',                 'text'),
    ('ai_training_examples', 'fallback_provider',              'text'),
    ('ai_training_examples', 'fallback_used',                  'boolean'),
    ('ai_training_examples', 'latency_ms',                     'integer'),
    ('ai_training_examples', 'prompt_template_version',        'text'),
    ('ai_eval_runs',         'run_id',                         'uuid'),
    ('ai_eval_runs',         'run_type',                       'text'),
    ('ai_eval_runs',         'status',                         'text'),
    ('ai_eval_runs',         'started_at',                     'timestamp with time zone'),
    ('ai_eval_samples',      'run_id',                         'uuid'),
    ('ai_eval_samples',      'request_id',                     'uuid'),
    ('ai_eval_samples',      'requested_provider',             'text'),
    ('ai_eval_samples',      'selected_provider',              'text'),
    ('ai_eval_samples',      'route_strategy',                 'text'),
    ('ai_eval_samples',      'fallback_used',                  'boolean'),
    ('ai_eval_samples',      'latency_ms',                     'integer'),
    ('ai_eval_samples',      'schema_valid',                   'boolean'),
    ('ai_eval_samples',      'patch_apply_success',            'boolean'),
    ('ai_eval_samples',      'edited_after_generate',          'boolean'),
    ('ai_eval_samples',      'published_within_7d',            'boolean'),
    ('ai_eval_samples',      'safety_html_tailwind_compliant', 'boolean'),
    ('ai_eval_samples',      'created_at',                     'timestamp with time zone')
),
found as (
  select
    e.*,
    format_type(a.atttypid, a.atttypmod) as found_type,
    a.attgenerated <> '' as computed,
    a.attnotnull as required
  from expected e
  join pg_catalog.pg_class c on c.oid = to_regclass('public.' || e.relation) and c.relkind in ('r', 'p')
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = e.name and not a.attisdropped
)
select
  'public.' || relation || '.' || name as object,
  'found ' || found_type || case when computed then ' generated always' else '' end
    || ', needed ' || type as detail,
  case
    when computed then 'alter table public.' || relation || ' alter column ' || name || ' drop expression;'
    else 'alter table public.' || relation || ' alter column ' || name || ' type ' || type
      || ' using ' || name || '::' || type || ';'
  end as remedy,
  'FAIL' as outcome,
  case
    when type = 'text' and found_type ~ '^character varying' and not computed then 'warning' else 'error'
  end as severity
from found
where found_type <> type or computed
union all
-- A table that was made before the release has its own key and provider: nothing adds or mends them later.
select
  'public.ai_provider_configs.' || name,
  'found ' || case when found_type is null then 'no such column' else found_type || ', may be null' end
    || ', needed ' || type || ' not null',
  case
    when found_type is not null
      then 'alter table public.ai_provider_configs alter column ' || name || ' set not null;'
    when name = 'id'
      then 'alter table public.ai_provider_configs'
        || ' add column id bigint generated always as identity primary key;'
    else 'alter table public.ai_provider_configs add column provider text; fill it, then set it not null'
  end,
  'FAIL',
  'error'
from found
where relation = 'ai_provider_configs' and name in ('id', 'provider') and required is not true
order by object;
