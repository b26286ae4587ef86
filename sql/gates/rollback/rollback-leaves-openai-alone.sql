-- title:    after the P0 rollback openai alone serves: enabled, default, weight 100; everything else is off
-- prevents: a rollback that commits and leaves traffic on the provider it was to be taken from, or on none
-- section:  3
-- checks:   RB-1, RB-2
-- severity: error
-- phase:    rollback
-- requires: public.ai_provider_configs
-- evidence: rollback-rows

-- Two projects: the file rolls back staging and prod, where they have rows. One database: prod alone.
with rolled_back (environment, must_serve) as (
  select name, name = any (current_setting('rollgate.routes')::text[])
  from unnest(case current_setting('rollgate.topology')
                when 'single-db' then current_setting('rollgate.routes')::text[]
                else array['staging', 'prod'] end) as name
),
present as (
  select environment, provider, enabled, is_default, weight
  from public.ai_provider_configs
),
expected (environment, provider, enabled, is_default, weight) as (
  select r.environment, 'openai', true, true, 100
  from rolled_back r
  where r.must_serve or r.environment in (select environment from present)
  union all
  select p.environment, p.provider, false, false, 0
  from present p
  join rolled_back r using (environment)
  where p.provider <> 'openai'
  union all
  -- What a single database does not route may keep its weight, as long as it is off.
  select p.environment, p.provider, false, false, p.weight
  from present p
  where current_setting('rollgate.topology') = 'single-db'
    and p.environment not in (select environment from rolled_back)
),
found as (
  select
    e.environment,
    e.provider,
    concat_ws(', ', case when p.enabled then 'on' else 'off' end,
              case when p.is_default then 'default' else 'not default' end,
              'weight ' || p.weight) as found_text,
    concat_ws(', ', case when e.enabled then 'on' else 'off' end,
              case when e.is_default then 'default' else 'not default' end,
              'weight ' || e.weight) as needed_text,
    p.provider is not null as is_there
  from expected e
  left join present p using (environment, provider)
)
select
  environment || '/' || provider as object,
  'found ' || case when is_there then found_text else 'no row' end || ', needed ' || needed_text as detail,
  'run the rollback file of this topology, whole, as postgres or service_role' as remedy
from found
where not is_there or found_text <> needed_text
order by object;
