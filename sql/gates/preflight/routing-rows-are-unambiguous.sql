-- title:    each provider has one row in an environment, and each environment one default at most
-- prevents: surprise about which row wins: the base migration keeps the newest, by updated_at, then
--           created_at, and moves the others to ai_provider_configs_superseded
-- section:  1.1, 2.1
-- checks:   RG-1, RG-2
-- severity: warning
-- phase:    preflight
-- requires: public.ai_provider_configs
-- absent:   pass
-- evidence: routing-rows-as-found

with found as (
  select
    c.config ->> 'id' as id,
    c.config ->> 'provider' as provider,
    coalesce(c.config ->> 'environment', 'prod') as environment,
    coalesce((c.config ->> 'is_default')::boolean, false) as is_default,
    coalesce(c.config ->> 'updated_at', c.config ->> 'created_at', now()::text)::timestamptz as updated_at,
    coalesce(c.config ->> 'created_at', now()::text)::timestamptz as created_at,
    (c.config ->> 'id')::numeric as position
  from (select to_jsonb(t) as config from public.ai_provider_configs t) c
),
ranked as (
  select *, first_value(id) over newest as kept
  from found
  window newest as (
    partition by provider, environment order by updated_at desc, created_at desc, position desc)
),
defaults as (
  select *, first_value(id) over newest as kept_default
  from ranked
  where id = kept and is_default
  window newest as (partition by environment order by updated_at desc, created_at desc, position desc)
)
select
  'public.ai_provider_configs id ' || id as object,
  'found a second row for ' || provider || ' in ' || environment || '; id ' || kept
    || ' is newer, and stays' as detail,
  'look at both rows; if the older is the right one, delete the newer before the base migration is applied'
    as remedy
from ranked
where id <> kept
union all
select
  'public.ai_provider_configs id ' || id,
  'found a second default in ' || environment || ' (' || provider || '); id ' || kept_default
    || ' is newer, and stays the default',
  'set is_default = false on the row that should not be the default before the base migration is applied'
from defaults
where id <> kept_default
order by object;
