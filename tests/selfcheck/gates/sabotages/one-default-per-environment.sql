-- case:     no-default
-- object:   prod
update public.ai_provider_configs set is_default = false;

-- case:     two-defaults
-- object:   prod
drop index public.idx_ai_provider_configs_default_per_env;
update public.ai_provider_configs set is_default = true;

-- case:     no-rows
-- object:   prod
delete from public.ai_provider_configs;

-- case:     no-rows-of-the-environment
-- object:   staging
-- topology: staging
delete from public.ai_provider_configs where environment = 'staging';

-- case:     single-db-without-default
-- object:   prod
-- topology: single-db
update public.ai_provider_configs set is_default = false;

-- case:     two-defaults-where-nobody-asks
-- object:   dev
drop index public.idx_ai_provider_configs_default_per_env;
insert into public.ai_provider_configs (provider, environment, is_default)
values ('openai', 'dev', true), ('custom', 'dev', true);

-- case:     enabled-without-default-where-nobody-asks
-- object:   dev
-- severity: warning
insert into public.ai_provider_configs (provider, environment) values ('openai', 'dev');
