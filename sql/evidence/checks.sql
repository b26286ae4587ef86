-- title:    checks of the release's tables
-- section:  -

select
  t.relname as table_name,
  c.conname as check_name,
  c.convalidated as validated,
  pg_get_constraintdef(c.oid) as definition
from pg_catalog.pg_constraint c
join pg_catalog.pg_class t on t.oid = c.conrelid
where c.contype = 'c'
  and t.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
order by table_name, check_name
limit 200;
