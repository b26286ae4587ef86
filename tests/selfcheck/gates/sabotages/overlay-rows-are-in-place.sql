-- case:     base-migration-alone
-- object:   prod/openai
update public.ai_provider_configs set metadata = '{}';

-- case:     overlay-of-another-project
-- object:   prod/custom
update public.ai_provider_configs set metadata = metadata || '{"env": "single-db"}';

-- case:     custom-is-missing
-- object:   staging/custom
-- topology: staging
delete from public.ai_provider_configs where provider = 'custom';

-- case:     custom-is-the-default
-- object:   prod/custom
update public.ai_provider_configs set is_default = false;
update public.ai_provider_configs set is_default = true where provider = 'custom';

-- case:     custom-is-off
-- object:   prod/custom
-- topology: single-db
update public.ai_provider_configs set enabled = false where provider = 'custom';

-- case:     retries-of-the-base-table
-- object:   prod/custom
update public.ai_provider_configs set max_retries = 1;

-- case:     rolled-back
-- object:   prod/custom
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0
where provider <> 'openai';
