-- title:    texts are still sorted as the indexes were built
-- prevents: a unique index that lets a second row in, and searches that miss rows: the server's system was
--           upgraded, and its collation with it
-- section:  -
-- checks:   -
-- severity: warning
-- phase:    verify
-- evidence: indexes

with used as (
  select distinct k.collid
  from pg_catalog.pg_index i
  cross join lateral unnest(i.indcollation) as k (collid)
  where k.collid <> 0
    and i.indrelid in (
      to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
      to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
)
select
  'database ' || d.datname as object,
  'found its indexes built with collation version ' || d.datcollversion || ', needed '
    || coalesce(a.version, 'none') || ', which the system has now' as detail,
  'reindex database ' || quote_ident(d.datname) || '; then alter database ' || quote_ident(d.datname)
    || ' refresh collation version;' as remedy
from pg_catalog.pg_database d
cross join lateral (select pg_catalog.pg_database_collation_actual_version(d.oid) as version) a
where d.datname = current_database()
  and d.datcollversion is not null and d.datcollversion is distinct from a.version
  and exists (select from used u join pg_catalog.pg_collation c on c.oid = u.collid where c.collname = 'default')
union all
select
  'collation ' || c.collname,
  'found indexes built with its version ' || c.collversion || ', needed ' || coalesce(a.version, 'none')
    || ', which the system has now',
  'reindex the indexes that use it; then alter collation ' || n.nspname || '.' || quote_ident(c.collname)
    || ' refresh version;'
from pg_catalog.pg_collation c
join used u on u.collid = c.oid
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
cross join lateral (select pg_catalog.pg_collation_actual_version(c.oid) as version) a
where c.collversion is not null and c.collversion is distinct from a.version
order by object;
