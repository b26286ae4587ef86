-- title:    no routing row stands against the checks that the release adds
-- prevents: the base migration being refused by a row that an older table let in
-- section:  1.1, 2.1
-- checks:   RG-1
-- severity: error
-- phase:    preflight
-- requires: public.ai_provider_configs
-- absent:   pass
-- evidence: routing-rows-as-found

with expected (name, allowed, low, high, needed) as (
  values
    ('provider',    array['openai', 'custom'],       null, null,   'openai or custom'),
    ('environment', array['prod', 'staging', 'dev'], null, null,   'prod, staging or dev'),
    ('weight',      null,                            0,    null,   '0 or more'),
    ('timeout_ms',  null,                            1000, 180000, '1000 to 180000'),
    ('max_retries', null,                            0,    3,      '0 to 3')
),
-- A table from before the release may lack columns: through JSON they read as null, and get their default.
found as (
  select to_jsonb(c) as config from public.ai_provider_configs c
)
select
  'public.ai_provider_configs id ' || coalesce(f.config ->> 'id', '?') || ' ' || e.name as object,
  'found ' || coalesce(f.config ->> e.name, 'null') || ' in ' || coalesce(f.config ->> 'provider', 'null')
    || ' ' || coalesce(f.config ->> 'environment', 'null') || ', needed ' || e.needed as detail,
  'correct or delete the row before the base migration is applied' as remedy
from found f
cross join expected e
where case
    when e.name = 'provider' then coalesce(f.config ->> e.name <> all (e.allowed), true)
    when e.allowed is not null then f.config ->> e.name <> all (e.allowed)
    when jsonb_typeof(f.config -> e.name) = 'number'
      then (f.config ->> e.name)::numeric < e.low or (f.config ->> e.name)::numeric > e.high
  end
order by object;
