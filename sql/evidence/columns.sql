-- title:    columns with their types, nullability and defaults
-- section:  1.1, 2.1

select
  c.relname as table_name,
  a.attname as column_name,
  format_type(a.atttypid, a.atttypmod) as data_type,
  a.attnotnull as not_null,
  case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end as column_default
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.oid in (
  to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
  to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'),
  to_regclass('public.ai_eval_run_summary_v1'))
order by table_name, a.attnum
limit 400;
