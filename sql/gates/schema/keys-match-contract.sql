-- title:    primary keys and foreign keys are the contract's, and proven
-- prevents: samples without a run, samples that keep a deleted training example from being deleted, and an
--           ingest that adds the same samples twice
-- section:  1.1, 2.1
-- checks:   PF-2, RG-1
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_runs,
--           public.ai_eval_samples
-- evidence: keys

with expected (relation, layout, name, kind, cols, refers_to, on_delete) as (
  values
    ('ai_training_examples', 'any',       null, 'p', array['id'],     null, null),
    ('ai_provider_configs',  'any',       null, 'p', array['id'],     null, null),
    ('ai_eval_runs',         'v2',        null, 'p', array['run_id'], null, null),
    ('ai_eval_runs',         'sitecraft', null, 'p', array['id'],     null, null),
    ('ai_eval_samples',      'v2',        null, 'p', array['id'],     null, null),
    ('ai_eval_samples',      'sitecraft', null, 'u', array['run_id', 'sample_key'], null, null),
    ('ai_eval_samples',      'v2',        null, 'f', array['run_id'], 'ai_eval_runs(run_id)', 'cascade'),
    ('ai_eval_samples',      'any',       'ai_eval_samples_training_example_id_fkey', 'f',
     array['training_example_id'], 'ai_training_examples(id)', 'set null')
),
present as (
  select
    t.relname as relation,
    c.conname as name,
    c.contype::text as kind,
    array(
      select a.attname::text
      from unnest(c.conkey) with ordinality as k (attnum, place)
      join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
      order by k.place) as cols,
    (
      select case rn.nspname when 'public' then '' else rn.nspname || '.' end || r.relname || '('
        || array_to_string(array(
             select a.attname
             from unnest(c.confkey) with ordinality as k (attnum, place)
             join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.attnum
             order by k.place), ', ') || ')'
      from pg_catalog.pg_class r
      join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
      where r.oid = c.confrelid
    ) as refers_to,
    case c.contype when 'f' then case c.confdeltype
      when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null'
      else 'set default' end end as on_delete,
    c.convalidated and coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) as proven,
    -- "on conflict" can't use a key that is checked later.
    c.condeferrable and c.contype <> 'f' as checked_late
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class t on t.oid = c.conrelid
  where t.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
  union all
  -- A unique index does the work of a unique constraint.
  select
    t.relname,
    x.relname,
    'u',
    array(
      select a.attname::text
      from pg_catalog.pg_attribute a
      where a.attrelid = t.oid and a.attnum = any (i.indkey) and a.attnum > 0),
    null,
    null,
    i.indisvalid,
    not i.indimmediate
  from pg_catalog.pg_index i
  join pg_catalog.pg_class x on x.oid = i.indexrelid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  where t.oid = to_regclass('public.ai_eval_samples')
    and i.indisunique and i.indpred is null and i.indexprs is null and i.indnatts = i.indnkeyatts
),
target as (
  select case when exists (
    select from pg_catalog.pg_attribute
    where attrelid = to_regclass('public.ai_eval_runs') and attname = 'run_id' and not attisdropped
  ) then 'v2' else 'sitecraft' end as layout
),
wanted as (
  select e.* from expected e join target t on e.layout in ('any', t.layout)
),
-- Of several constraints on the same columns, the best is looked at. A unique key may list them in any order.
found as (
  select distinct on (w.relation, w.kind, w.cols)
    w.*,
    p.name as found_name,
    p.cols as found_cols,
    p.refers_to as found_refers_to,
    p.on_delete as found_on_delete,
    p.proven,
    p.checked_late,
    coalesce(p.proven and not p.checked_late and p.refers_to is not distinct from w.refers_to
      and p.on_delete is not distinct from w.on_delete
      and p.cols @> w.cols and p.cols <@ w.cols, false) as fits
  from wanted w
  left join present p
    on p.relation = w.relation
    and (p.kind = w.kind or (w.kind = 'u' and p.kind = 'p'))
    and case when w.name is not null then p.name = w.name
          when w.kind = 'p' then true
          else p.cols @> w.cols and p.cols <@ w.cols end
  order by w.relation, w.kind, w.cols, fits desc
)
select
  'public.' || relation || '.' || coalesce(name, found_name, array_to_string(cols, '+')) as object,
  case
    when found_name is null then 'found none'
    else 'found (' || array_to_string(found_cols, ', ') || ')'
      || coalesce(' references ' || found_refers_to, '') || coalesce(' on delete ' || found_on_delete, '')
      || case when proven then '' else ', not validated' end
      || case when checked_late then ', deferrable' else '' end
  end
    || '; needed ' || case kind when 'p' then 'primary key' when 'u' then 'unique' else 'foreign key' end
    || ' (' || array_to_string(cols, ', ') || ')' || coalesce(' references ' || refers_to, '')
    || coalesce(' on delete ' || on_delete, '') as detail,
  case
    when found_name is null and name is not null then 'paste the base migration again'
    when found_refers_to = refers_to and found_on_delete = on_delete and not proven
      then 'alter table public.' || relation || ' validate constraint ' || quote_ident(found_name) || ';'
    else coalesce(
        'alter table public.' || relation || ' drop constraint ' || quote_ident(found_name) || '; ', '')
      || case
        when name is not null then 'then paste the base migration again'
        else 'alter table public.' || relation || ' add '
          || case kind when 'p' then 'primary key (' when 'u' then 'unique (' else 'foreign key (' end
          || array_to_string(cols, ', ') || ')' || coalesce(' references public.' || refers_to, '')
          || coalesce(' on delete ' || on_delete, '') || ';'
      end
  end as remedy
from found
where not fits
order by object;
