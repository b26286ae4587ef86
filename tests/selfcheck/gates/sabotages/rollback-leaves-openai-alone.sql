-- case:     custom-is-still-on
-- object:   prod/custom
-- start:    rolled-back
update public.ai_provider_configs set enabled = true where provider = 'custom';

-- case:     custom-keeps-its-weight
-- object:   staging/custom
-- start:    rolled-back
-- topology: staging
update public.ai_provider_configs set weight = 20 where provider = 'custom';

-- case:     nothing-is-on
-- object:   prod/openai
-- start:    rolled-back
delete from public.ai_provider_configs where provider = 'openai';

-- case:     openai-keeps-its-weight
-- object:   prod/openai
-- start:    rolled-back
-- topology: staging
update public.ai_provider_configs set weight = 70 where provider = 'openai';

-- case:     openai-is-not-the-default
-- object:   prod/openai
-- start:    rolled-back
-- topology: single-db
update public.ai_provider_configs set is_default = false;

-- case:     no-rows-at-all
-- object:   prod/openai
-- start:    rolled-back
delete from public.ai_provider_configs;

-- case:     single-db-turns-staging-on
-- object:   staging/openai
-- start:    rolled-back
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled) values ('openai', 'staging', true);
