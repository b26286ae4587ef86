-- title:    a timestamp that PostgreSQL fills in is the instant itself
-- prevents: windows and "newest row wins" that are off by the UTC offset of whoever wrote the row, as with
--           timezone('utc', now()) stored into a timestamptz
-- section:  -
-- checks:   SK-1
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_runs,
--           public.ai_eval_samples
-- evidence: columns

with found as (
  select
    c.relname as relation,
    a.attname as name,
    pg_get_expr(d.adbin, d.adrelid) as fallback
  from pg_catalog.pg_class c
  join pg_catalog.pg_attribute a
    on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and a.atttypid = 'pg_catalog.timestamptz'::regtype
  join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_provider_configs_superseded'), to_regclass('public.ai_eval_runs'),
    to_regclass('public.ai_eval_samples'))
)
select
  'public.' || relation || '.' || name as object,
  'found default ' || fallback || ', needed default now()' as detail,
  'alter table public.' || relation || ' alter column ' || quote_ident(name) || ' set default now();'
    as remedy,
  'FAIL' as outcome,
  case relation when 'ai_training_examples' then 'warning' else 'error' end as severity  -- Phase 1's own
from found
where fallback !~ (
  '^[(]?((now|transaction_timestamp|statement_timestamp|clock_timestamp)[(][)]'
  || '|CURRENT_TIMESTAMP([(][0-6][)])?)[)]?$')
order by object;
