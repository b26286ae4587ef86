-- title:    foreign keys of the eval tables are checked on every write, and every sample keeps them
-- prevents: keys that look valid and hold nothing: after "disable trigger all", or a copy that was loaded under
--           session_replication_role = replica
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_eval_runs, public.ai_eval_samples
-- evidence: keys

-- A foreign key is four triggers, two on each of its tables. "A" fires always, "O" for everyone but replicas.
with silent as (
  select
    n.nspname || '.' || t.relname || '.' || c.conname as object,
    'found its trigger on ' || t.tgrelation || ' ' || t.state || ', needed enabled' as detail,
    'as a superuser: alter table ' || t.tgrelation || ' enable trigger all; without one: drop the constraint, '
      || 'and add it again' as remedy
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_namespace n on n.oid = c.connamespace
  cross join lateral (
    select r.relname, x.tgrelid::regclass::text as tgrelation,
      case x.tgenabled when 'D' then 'disabled' else 'enabled for replicas only' end as state
    from pg_catalog.pg_trigger x
    join pg_catalog.pg_class r on r.oid = c.conrelid
    where x.tgconstraint = c.oid and x.tgisinternal and x.tgenabled in ('D', 'R')
    order by x.oid
    limit 1
  ) t
  where c.contype = 'f'
    and c.conrelid in (
      to_regclass('public.ai_training_examples'), to_regclass('public.ai_eval_runs'),
      to_regclass('public.ai_eval_samples'))
),
-- The key of a run is run_id in the v2 layout and id in sitecraft's: the name that a table lacks is the null
-- of `absent`.
runs as (
  select coalesce(r.run_id::text, r.id::text)::uuid as run_id
  from (select null::uuid as run_id, null::uuid as id) absent
  cross join lateral (select run_id, id from public.ai_eval_runs) r
),
orphans as (
  select 'run ' || s.run_id as lost
  from public.ai_eval_samples s
  where s.run_id is not null and not exists (select from runs r where r.run_id = s.run_id)
  union all
  select 'training example ' || s.training_example_id
  from public.ai_eval_samples s
  where s.training_example_id is not null
    and not exists (select from public.ai_training_examples e where e.id = s.training_example_id)
)
select object, detail, remedy from silent
union all
select
  'public.ai_eval_samples',
  'found ' || count(*) || ' references to rows that are gone, such as ' || min(lost) || '; needed none',
  'find out who deletes with checks off (session_replication_role); then delete the samples without a run, and '
    || 'set training_example_id to null where the example is gone'
from orphans
having count(*) > 0
order by object;
