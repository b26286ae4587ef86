-- title:    the key of the training examples is of a supported type, and the eval samples can refer to it
-- prevents: the base migration stopping before its last steps, with routing live and no eval tables, because
--           the foreign key of the eval samples cannot be made
-- section:  1.1, 2.1
-- checks:   PF-2
-- severity: error
-- phase:    preflight
-- requires: public.ai_training_examples
-- evidence: preflight-columns

with found as (
  select
    a.attnum,
    format_type(a.atttypid, a.atttypmod) as type,
    (
      select format_type(s.atttypid, s.atttypmod)
      from pg_catalog.pg_attribute s
      where s.attrelid = to_regclass('public.ai_eval_samples') and s.attname = 'training_example_id'
        and not s.attisdropped
    ) as referring_type,
    exists (
      select from pg_catalog.pg_index i
      where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indimmediate
        and i.indnkeyatts = 1 and i.indkey[0] = a.attnum and i.indpred is null
    ) as is_key
  from (values (1)) as always
  left join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.ai_training_examples') and a.attname = 'id' and not a.attisdropped
)
select
  'public.ai_training_examples.id' as object,
  'found ' || coalesce(type, 'no such column') || ', needed uuid, bigint or integer' as detail,
  'give the table of Phase 1 a key of one of these types before Phase 2' as remedy
from found
where type is null or type not in ('uuid', 'bigint', 'integer')
union all
select
  'public.ai_training_examples.id',
  'found no primary key or unique constraint on it, needed one that a foreign key can refer to',
  'alter table public.ai_training_examples add primary key (id);'
from found
where type is not null and not is_key
union all
select
  'public.ai_eval_samples.training_example_id',
  'found ' || referring_type || ', needed ' || coalesce(type, 'the type of public.ai_training_examples.id'),
  'rename the column, then paste the base migration again: it makes one of the right type'
from found
where referring_type <> type;
