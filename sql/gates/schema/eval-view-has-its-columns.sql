-- title:    the summary view has the contract's columns, and reads the eval tables of this database
-- prevents: a report that can't be drawn, or one drawn from a table that was renamed away: a view follows the
--           table that it was made on, not the name
-- section:  1.4, 5.4
-- checks:   EV-4
-- severity: error
-- phase:    verify
-- requires: public.ai_eval_run_summary_v1
-- evidence: columns

with recursive expected (name, type) as (
  values
    ('run_id',                          'uuid'),
    ('total_records',                   'bigint|integer|numeric'),
    ('schema_valid_rate',               'double precision|numeric|real'),
    ('patch_apply_success',             'double precision|numeric|real'),
    ('edit_after_generate_rate',        'double precision|numeric|real'),
    ('publish_conversion_proxy',        'double precision|numeric|real'),
    ('safety_html_tailwind_compliance', 'double precision|numeric|real'),
    ('fallback_rate',                   'double precision|numeric|real'),
    ('p95_latency_ms',                  'double precision|numeric|real|integer|bigint'),
    ('first_sample_at',                 'timestamp with time zone'),
    ('last_sample_at',                  'timestamp with time zone')
),
found as (
  select e.name, e.type, format_type(a.atttypid, a.atttypmod) as found_type
  from expected e
  left join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.ai_eval_run_summary_v1') and a.attname = e.name and not a.attisdropped
),
-- What the view reads, also through other views.
sources (oid) as (
  select to_regclass('public.ai_eval_run_summary_v1')::oid
  union
  select d.refobjid
  from sources s
  join pg_catalog.pg_rewrite r on r.ev_class = s.oid
  join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
    and d.refclassid = 'pg_catalog.pg_class'::regclass
)
select
  'public.ai_eval_run_summary_v1' as object,
  'found a relation of kind ' || c.relkind::text || ', needed a view' as detail,
  'move it out of the way, then paste the base migration again' as remedy
from pg_catalog.pg_class c
where c.oid = to_regclass('public.ai_eval_run_summary_v1') and c.relkind <> 'v'
union all
select
  'public.ai_eval_run_summary_v1.' || name,
  'found ' || coalesce(found_type, 'no such column') || ', needed ' || replace(type, '|', ' or '),
  'drop view public.ai_eval_run_summary_v1; then paste the base migration again'
from found
where found_type is null or regexp_replace(found_type, '[(].*[)]$', '') !~ ('^(' || type || ')$')
union all
select
  'public.ai_eval_run_summary_v1',
  'found a view that does not read ' || wanted.name || ', but '
    || coalesce((select string_agg(s.oid::regclass::text, ', ' order by s.oid::regclass::text)
                 from sources s
                 where s.oid <> to_regclass('public.ai_eval_run_summary_v1')), 'nothing')
    || '; needed one that does',
  'paste the base migration again: it makes the view anew'
from (values ('public.ai_eval_runs'), ('public.ai_eval_samples')) as wanted (name)
where to_regclass(wanted.name) is null or to_regclass(wanted.name) not in (select s.oid from sources s)
order by object;
