-- title:    functions that touch the release's tables
-- section:  -

select
  n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' as function,
  p.prosecdef as security_definer,
  p.proconfig as settings,
  array(
    select t.tgname from pg_catalog.pg_trigger t
    where t.tgfoid = p.oid and not t.tgisinternal
    order by 1) as triggers
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where (n.nspname = 'public'
    and p.prosrc ~ '\mai_(training_examples|provider_configs|eval_runs|eval_samples|eval_run_summary_v1)\M')
  or exists (
    select from pg_catalog.pg_trigger t
    where t.tgfoid = p.oid and not t.tgisinternal
      and t.tgrelid in (
        to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
        to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples')))
order by function
limit 200;
