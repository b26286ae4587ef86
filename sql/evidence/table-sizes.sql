-- title:    how large the tables are, by the server's own estimate
-- section:  1.1, 2.1

select
  c.relname as table_name,
  c.reltuples::bigint as estimated_rows,
  pg_size_pretty(pg_total_relation_size(c.oid)) as size
from pg_catalog.pg_class c
where c.oid in (
  to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
  to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
order by table_name;
