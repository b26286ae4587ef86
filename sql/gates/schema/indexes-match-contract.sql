-- title:    every index of the contract is there, valid, and covers what the contract says
-- prevents: two defaults or two rows for one provider where a unique index is missing or looks elsewhere, and
--           soak queries that scan the whole table; an index that failed to build is kept up and never used
-- section:  1.4, 2.4
-- checks:   ST-6
-- severity: error
-- phase:    verify
-- evidence: indexes

with expected (name, relation, is_unique, keys, predicate) as (
  values
    ('idx_ai_provider_configs_provider_environment', 'ai_provider_configs', true,
     'provider, environment', null),
    ('idx_ai_provider_configs_default_per_env', 'ai_provider_configs', true,
     'environment', 'is_default'),
    ('idx_ai_provider_configs_enabled', 'ai_provider_configs', false,
     'environment, enabled, weight desc', null),
    ('idx_ai_training_examples_provider_created', 'ai_training_examples', false,
     'selected_provider, created_at desc', null),
    ('idx_ai_training_examples_route_created', 'ai_training_examples', false,
     'route_strategy, created_at desc', null),
    ('idx_ai_training_examples_request_id', 'ai_training_examples', false,
     'request_id', 'request_id is not null'),
    ('idx_ai_eval_runs_status_started', 'ai_eval_runs', false,
     'status, started_at desc', null),
    ('idx_ai_eval_samples_run_id', 'ai_eval_samples', false,
     'run_id', null),
    ('idx_ai_eval_samples_run_provider', 'ai_eval_samples', false,
     'run_id, selected_provider', null)
),
present as (
  select
    i.indexrelid,
    n.nspname || '.' || c.relname as name,  -- an index is in the schema of its table
    n.nspname || '.' || t.relname as indexed,
    i.indisunique and i.indimmediate as is_unique,
    i.indisvalid and i.indisready and i.indislive as usable,
    m.amname as method,
    i.indnatts > i.indnkeyatts as has_more_columns,
    regexp_replace(
      translate(lower(pg_get_expr(i.indpred, i.indrelid)), '()', ''), ' (=|is) true$', '') as predicate,
    array_to_string(array(
      select coalesce(quote_ident(a.attname), 'an expression')
        || case i.indoption[k.place] when 0 then '' when 3 then ' desc'
             when 1 then ' desc nulls last' else ' nulls first' end
        || case when o.opcdefault then '' else ' ' || o.opcname end
      from generate_series(0, i.indnkeyatts - 1) as k (place)
      left join pg_catalog.pg_attribute a
        on a.attrelid = i.indrelid and a.attnum = i.indkey[k.place] and a.attnum > 0
      join pg_catalog.pg_opclass o on o.oid = i.indclass[k.place]
      order by k.place
    ), ', ') as keys
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_am m on m.oid = c.relam
  join pg_catalog.pg_class t on t.oid = i.indrelid
  join pg_catalog.pg_namespace n on n.oid = t.relnamespace
),
found as (
  select
    e.*,
    p.indexrelid is not null as is_there,
    p.usable,
    concat_ws(' ', case when e.is_unique then 'unique' end, 'btree on public.' || e.relation,
              '(' || e.keys || ')', 'where ' || e.predicate) as needed_text,
    concat_ws(' ', case when p.is_unique then 'unique' end, p.method, 'on', p.indexed,
              '(' || p.keys || ')', case when p.has_more_columns then 'with included columns' end,
              'where ' || p.predicate) as found_text,
    -- The runtime writes to this one all day: only what lets it go on, and each alone.
    case when e.relation = 'ai_training_examples' then 'concurrently' end as gently,
    case when e.relation = 'ai_training_examples' then concat_ws(' ',
      'create index concurrently', e.name, 'on public.' || e.relation, '(' || e.keys || ')',
      'where ' || e.predicate) || ';'
      else 'the base migration again' end as to_paste
  from expected e
  left join present p on p.indexrelid = to_regclass('public.' || e.name)
)
select
  'public.' || name as object,
  case when not is_there then 'found nothing'
    else 'found ' || found_text || case when usable then '' else ', not valid' end
  end || '; needed ' || needed_text as detail,
  case
    when not is_there then 'paste ' || case when gently is not null then 'this alone: ' else '' end || to_paste
    when found_text = needed_text then concat_ws(' ', 'reindex index', gently, 'public.' || name) || ';'
    else concat_ws(' ', 'drop index', gently, 'public.' || name) || '; then paste ' || to_paste
  end as remedy,
  'FAIL' as outcome,
  'error' as severity
from found
where not is_there or not usable or found_text <> needed_text
union all
select
  p.name,
  'found an index of ' || p.indexed || ' that is not valid, needed one that was built to its end, or none',
  'drop index ' || p.name || ';',
  'FAIL',
  'warning'
from present p
where not p.usable
  and p.indexed in (select 'public.' || relation from expected)
  and p.name not in (select 'public.' || name from expected)
order by object;
