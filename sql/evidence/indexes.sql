-- title:    indexes of the release's tables
-- section:  1.4, 2.4

select
  t.relname as tablename,
  c.relname as indexname,
  i.indisvalid and i.indisready and i.indislive as is_valid,
  pg_get_indexdef(i.indexrelid) as indexdef
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_class t on t.oid = i.indrelid
where t.oid in (
  to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
  to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
order by tablename, indexname
limit 200;
