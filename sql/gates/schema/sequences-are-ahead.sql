-- title:    the sequences that number the release's rows are ahead of the rows
-- prevents: an ingest or an overlay that stops at "duplicate key": rows were copied with their numbers, and the
--           sequence stayed behind
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_samples
-- evidence: sequences

with rows_of (relation, first_id, last_id) as (
  values
    ('public.ai_training_examples',
     (select id::text from public.ai_training_examples order by id limit 1),
     (select id::text from public.ai_training_examples order by id desc limit 1)),
    ('public.ai_provider_configs',
     (select id::text from public.ai_provider_configs order by id limit 1),
     (select id::text from public.ai_provider_configs order by id desc limit 1)),
    -- Samples of sitecraft's layout have no id: then it is the null of `absent`.
    ('public.ai_eval_samples',
     (select s.id::text
      from (select null::bigint as id) absent
      cross join lateral (select id from public.ai_eval_samples order by id limit 1) s),
     (select s.id::text
      from (select null::bigint as id) absent
      cross join lateral (select id from public.ai_eval_samples order by id desc limit 1) s))
),
-- Of an identity column, or called by a default; one that a column merely owns gives it no numbers.
sequences as (
  select distinct r.relation, r.first_id, r.last_id, a.atttypid, d.seq
  from rows_of r
  join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass(r.relation) and a.attname = 'id' and not a.attisdropped
  join lateral (
    select x.objid as seq
    from pg_catalog.pg_depend x
    where x.classid = 'pg_catalog.pg_class'::regclass and x.deptype = 'i'
      and x.refclassid = 'pg_catalog.pg_class'::regclass
      and x.refobjid = a.attrelid and x.refobjsubid = a.attnum
    union all
    select x.refobjid
    from pg_catalog.pg_attrdef f
    join pg_catalog.pg_depend x
      on x.classid = 'pg_catalog.pg_attrdef'::regclass and x.objid = f.oid
      and x.refclassid = 'pg_catalog.pg_class'::regclass
    where f.adrelid = a.attrelid and f.adnum = a.attnum
  ) d on true
  join pg_catalog.pg_class c on c.oid = d.seq and c.relkind = 'S'
),
looked as (
  select
    s.relation,
    s.seq::regclass::text as name,
    -- The row that its numbers come to next, if they come to one.
    case when q.seqincrement > 0 then s.last_id else s.first_id end::numeric as last_id,
    has_sequence_privilege(s.seq, 'SELECT') as is_readable,
    q.seqincrement,
    case when q.seqincrement > 0 then least(q.seqmax, case s.atttypid
      when 'smallint'::regtype then 32767 when 'integer'::regtype then 2147483647 else q.seqmax end)
      else q.seqmin end as seqend,
    case when has_sequence_privilege(s.seq, 'SELECT') then
      coalesce(
        pg_catalog.pg_sequence_last_value(s.seq) + q.seqincrement,
        -- It was set and not yet asked: its next number stands in it alone. SQL reads a relation that it
        -- learns the name of nowhere else.
        (select word::numeric
         from ts_stat(format($$select to_tsvector('simple', last_value::text) from %s$$, s.seq::regclass))))
    end as next
  from sequences s
  join pg_catalog.pg_sequence q on q.seqrelid = s.seq
)
select
  relation || '.id' as object,
  case
    when not is_readable then 'found no right to read the sequence ' || name || ', needed select on it'
    when (next - seqend) * seqincrement > 0
      then 'found ' || name || ' used up at ' || seqend || ', needed a number for the next row'
    else 'found the next number ' || next || ' in ' || name || ' and a row ' || last_id || ', needed one beyond it'
  end as detail,
  case
    when not is_readable then 'grant select on sequence ' || name || ' to ' || quote_ident(current_user) || ';'
    when (next - seqend) * seqincrement > 0 then 'give the column a bigger type, and '
      || name || ' a further end: alter sequence ' || name || ' no maxvalue;'
    else 'select setval(' || quote_literal(name) || ', ' || last_id || ');'
  end as remedy,
  case when is_readable then 'FAIL' else 'HOLD' end as outcome,
  -- A role that was given the tables alone tells all the rest.
  case when is_readable then 'error' else 'warning' end as severity
from looked
where not is_readable or (next - seqend) * seqincrement > 0 or (next - last_id) * seqincrement <= 0
order by object;
