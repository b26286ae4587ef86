-- title:    no two indexes of the release's tables do the same work
-- prevents: inserts into the hot table that keep two copies of one index up to date
-- section:  1.4, 2.4
-- checks:   ST-6
-- severity: warning
-- phase:    verify
-- evidence: indexes

with of_the_contract (name) as (
  values
    ('idx_ai_provider_configs_provider_environment'), ('idx_ai_provider_configs_default_per_env'),
    ('idx_ai_provider_configs_enabled'), ('idx_ai_training_examples_source_created'),
    ('idx_ai_training_examples_provider_created'), ('idx_ai_training_examples_route_created'),
    ('idx_ai_training_examples_request_id'), ('idx_ai_eval_runs_status_started'),
    ('idx_ai_eval_samples_run_id'), ('idx_ai_eval_samples_run_provider')
),
found as (
  select
    n.nspname || '.' || c.relname as name,
    n.nspname || '.' || t.relname as relation,
    i.indisunique as is_unique,
    c.relname in (select o.name from of_the_contract o) as is_of_the_contract,
    k.conname as constraint_name,
    -- What an index holds, in the order it holds it.
    concat_ws('; ', m.amname, i.indkey, i.indnkeyatts, i.indclass, i.indcollation, i.indoption,
              pg_get_expr(i.indexprs, i.indrelid), 'where ' || pg_get_expr(i.indpred, i.indrelid)) as contents
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_am m on m.oid = c.relam
  join pg_catalog.pg_class t on t.oid = i.indrelid
  join pg_catalog.pg_namespace n on n.oid = t.relnamespace
  left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
  where i.indisvalid
    and t.oid in (
      to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
      to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
),
ranked as (
  select
    f.*,
    first_value(f.name) over best as kept,
    first_value(f.is_unique) over best as kept_is_unique
  from found f
  window best as (
    partition by f.relation, f.contents
    order by f.is_of_the_contract desc, f.constraint_name is not null desc, f.is_unique desc, f.name)
)
select
  name as object,
  'found an index with the same contents as ' || kept || ', needed one of the two' as detail,
  coalesce('alter table ' || relation || ' drop constraint ' || quote_ident(constraint_name) || ';',
           'drop index concurrently ' || name || ';') as remedy
from ranked
where name <> kept and (kept_is_unique or not is_unique)  -- a unique one does more than a plain one
order by object;
