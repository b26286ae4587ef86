-- title:    the sequences of the release's tables, and the last number that each gave out
-- section:  -

select
  d.refobjid::regclass::text as table_name,
  a.attname as column_name,
  s.schemaname || '.' || s.sequencename as sequence_name,
  s.last_value,
  s.max_value
from pg_catalog.pg_sequences s
join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
  and d.objid = to_regclass(format('%I.%I', s.schemaname, s.sequencename))
join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.refobjid in (
  to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
  to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
order by table_name, column_name
limit 200;
