-- title:      nothing outside prod is enabled or default in a database that serves prod and the rest
-- prevents:   test traffic that reaches a provider through the rows of another environment
-- section:    0.3
-- checks:     SD-4
-- severity:   error
-- phase:      verify
-- topologies: single-db
-- requires:   public.ai_provider_configs
-- evidence:   single-db-counts, routing-rows

with found as (
  select environment, provider, enabled, is_default
  from public.ai_provider_configs
  where environment <> all (current_setting('rollgate.routes')::text[])
)
select
  environment || '/' || provider as object,
  'found a row that is '
    || concat_ws(' and ', case when enabled then 'on' end, case when is_default then 'default' end)
    || ', needed off and not default' as detail,
  'paste the single-db overlay again' as remedy
from found
where enabled or is_default
order by object;
