-- case:     all-off
-- object:   staging
-- topology: staging
update public.ai_provider_configs set enabled = false where environment = 'staging';

-- case:     all-weigh-nothing
-- object:   prod
update public.ai_provider_configs set weight = 0;

-- case:     no-rows
-- object:   prod
-- topology: single-db
delete from public.ai_provider_configs;
