-- title:    the overlay's rows are in place: openai on and default, custom on
-- prevents: a rollout that stops after the base migration, the overlay of another project, and a P0 rollback
--           that nobody took back
-- section:  0.2, 0.3, 1.3, 1.4, 2.3, 2.4
-- checks:   SD-1, SD-2, ST-2, ST-3
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs
-- evidence: routing-rows

-- Weight and timeout are the operator's to tune: they are shown as evidence, and not judged.
with expected (environment, provider, enabled, is_default, max_retries) as (
  select route.environment, overlay.*
  from unnest(current_setting('rollgate.routes')::text[]) as route (environment)
  cross join (values
    ('openai', true, true,  1),
    ('custom', true, false, 0)
  ) as overlay (provider, enabled, is_default, max_retries)
),
rolled_back as (
  select environment
  from public.ai_provider_configs
  group by environment
  having bool_and(case when provider = 'openai' then enabled and is_default and weight = 100
                    else not enabled and not is_default and weight = 0 end)
    and count(*) > 1
),
found as (
  select
    e.*,
    c.provider is not null as is_there,
    concat_ws(', ', case when c.enabled then 'on' else 'off' end,
              case when c.is_default then 'default' else 'not default' end,
              'max_retries ' || c.max_retries) as found_text,
    concat_ws(', ', case when e.enabled then 'on' else 'off' end,
              case when e.is_default then 'default' else 'not default' end,
              'max_retries ' || e.max_retries) as needed_text,
    coalesce(c.metadata ->> 'release', 'none') || '/' || coalesce(c.metadata ->> 'env', 'none') as found_mark,
    current_setting('rollgate.release') || '/' || current_setting('rollgate.topology') as needed_mark,
    e.environment in (select environment from rolled_back) as is_rolled_back
  from expected e
  left join public.ai_provider_configs c on c.environment = e.environment and c.provider = e.provider
)
select
  environment || '/' || provider as object,
  case
    when not is_there then 'found no row, needed ' || needed_text
    else concat_ws('; ',
      case when found_text <> needed_text then 'found ' || found_text || ', needed ' || needed_text end,
      case when found_mark <> needed_mark
        then 'found the metadata of release/env ' || found_mark || ', needed ' || needed_mark end,
      case when is_rolled_back then 'this is the state that a P0 rollback leaves' end)
  end as detail,
  case
    when is_rolled_back
      then 'once the cause of the rollback is mended, paste the overlay of this database again'
    when is_there and found_text = needed_text
      then 'paste the overlay of this release again; one that writes another mark has to be corrected'
    else 'paste the overlay of this database again'
  end as remedy
from found
where not is_there or found_text <> needed_text or found_mark <> needed_mark
order by object;
