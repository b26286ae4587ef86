-- title:    no training example stands against the checks that the release adds
-- prevents: a rollout that stops when it validates its checks: a half-applied one before it let values in
-- section:  1.1, 2.1
-- checks:   RG-1, SK-4
-- severity: error
-- phase:    preflight
-- requires: public.ai_training_examples
-- evidence: preflight-columns, table-sizes

with unproven (name) as (
  select a.attname
  from pg_catalog.pg_attribute a
  where a.attrelid = to_regclass('public.ai_training_examples') and not a.attisdropped
    and a.attname in (
      'requested_provider', 'selected_provider', 'route_strategy', 'fallback_provider', 'latency_ms')
    and not exists (
      select from pg_catalog.pg_constraint c
      where c.conrelid = a.attrelid and c.contype = 'c' and c.convalidated
        and coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
        and c.conname = 'ai_training_examples_' || a.attname || '_check')
),
-- One pass over the table, and none when every check is proven. A column that is not there yet is the null
-- of `absent`.
found as (
  select looked.name, looked.needed, count(*) as rows, min(looked.value) as example
  from (
    select
      null::text as requested_provider, null::text as selected_provider, null::text as route_strategy,
      null::text as fallback_provider, null::integer as latency_ms
  ) absent
  cross join lateral (
    select requested_provider, selected_provider, route_strategy, fallback_provider, latency_ms
    from public.ai_training_examples
  ) e
  cross join lateral (values
    ('requested_provider', e.requested_provider, e.requested_provider in ('openai', 'custom'),
     'null, openai or custom'),
    ('selected_provider', e.selected_provider, e.selected_provider in ('openai', 'custom'),
     'null, openai or custom'),
    ('route_strategy', e.route_strategy, e.route_strategy in ('single_provider', 'weighted', 'fallback'),
     'single_provider, weighted or fallback'),
    ('fallback_provider', e.fallback_provider, e.fallback_provider in ('openai', 'custom'),
     'null, openai or custom'),
    ('latency_ms', e.latency_ms::text, e.latency_ms between 0 and 300000,
     'null, or 0 to 300000')
  ) as looked (name, value, fits, needed)
  where exists (select from unproven) and looked.fits is false
  group by looked.name, looked.needed
)
select
  'public.ai_training_examples.' || name as object,
  'found ' || rows || ' rows that do not fit, such as ' || quote_literal(left(example, 40))
    || '; needed ' || needed as detail,
  'correct these rows before the base migration is applied' as remedy
from found
order by object;
