-- title:    each foreign key of the release's tables has an index that begins with its columns
-- prevents: deleting a run or a training example that scans every sample, under a lock
-- section:  -
-- checks:   -
-- severity: warning
-- phase:    verify
-- evidence: keys, indexes

with found as (
  select
    n.nspname || '.' || t.relname as relation,
    c.conname as name,
    array(
      select a.attname
      from unnest(c.conkey) with ordinality as k (attnum, place)
      join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
      order by k.place) as cols,
    exists (
      select from pg_catalog.pg_index i
      where i.indrelid = c.conrelid and i.indisvalid and i.indnkeyatts >= cardinality(c.conkey)
        -- The leading columns, in any order.
        and (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey
        -- A null refers to nothing, so an index without nulls serves as well.
        and (i.indpred is null or (
          cardinality(c.conkey) = 1
          and pg_get_expr(i.indpred, i.indrelid) = '(' || (
            select quote_ident(a.attname) from pg_catalog.pg_attribute a
            where a.attrelid = c.conrelid and a.attnum = c.conkey[1]) || ' IS NOT NULL)'))
    ) as is_indexed
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class t on t.oid = c.conrelid
  join pg_catalog.pg_namespace n on n.oid = t.relnamespace
  where c.contype = 'f'
    and t.oid in (
      to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
      to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
)
select
  relation || '.' || name as object,
  'found no index that begins with (' || array_to_string(cols, ', ') || '), needed one' as detail,
  'create index concurrently on ' || relation || ' (' || array_to_string(cols, ', ') || ');' as remedy
from found
where not is_indexed
order by object;
