-- title:    the columns of Phase 1 are there, with the types that Phase 2 reads
-- prevents: a rollout that breaks half-way on a column it indexes or refers to, or evals that read a column
--           of another meaning
-- section:  1.1, 2.1
-- checks:   PF-2
-- severity: error
-- phase:    preflight
-- requires: public.ai_training_examples
-- evidence: preflight-columns

with expected (name, type, required) as (
  values
    ('id',                'uuid|bigint|integer',      true),
    ('user_id',           'uuid',                     false),
    ('site_id',           'uuid',                     false),
    ('source',            'text',                     true),
    ('prompt_hash',       'text',                     false),
    ('prompt',            'text',                     false),
    ('provider',          'text',                     false),
    ('model',             'text',                     false),
    ('generation_params', 'jsonb',                    false),
    ('input_site_json',   'jsonb',                    false),
    ('output_site_json',  'jsonb',                    true),
    ('patch_operations',  'jsonb',                    false),
    ('metadata',          'jsonb',                    false),
    ('created_at',        'timestamp with time zone', false)
),
found as (
  select
    e.*,
    format_type(a.atttypid, a.atttypmod) as found_type,
    a.attnotnull as found_required
  from expected e
  left join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.ai_training_examples') and a.attname = e.name and not a.attisdropped
),
judged as (
  select
    *,
    -- Text of a limited length is read the same way.
    found_type ~ ('^(' || type || ')$') or (type = 'text' and found_type ~ '^character varying') as type_fits
  from found
)
select
  'public.ai_training_examples.' || name as object,
  'found ' || coalesce(found_type || case when found_required then ' not null' else '' end, 'no such column')
    || ', needed ' || replace(type, '|', ' or ') || case when required then ' not null' else '' end as detail,
  case
    when found_type is null then 'finish Phase 1 on this database before Phase 2'
    when type_fits is not true then 'change the type back to Phase 1''s before Phase 2'
    else 'alter table public.ai_training_examples alter column ' || quote_ident(name) || ' set not null;'
  end as remedy,
  'FAIL' as outcome,
  case when type_fits then 'warning' else 'error' end as severity
from judged
where type_fits is not true or (required and not found_required)
order by object;
