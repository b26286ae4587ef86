-- case:     tuned-weight-and-timeout
update public.ai_provider_configs set weight = weight + 7, timeout_ms = timeout_ms + 500, updated_at = now();

-- case:     a-model-and-notes
update public.ai_provider_configs set model = 'm', metadata = metadata || '{"ticket": "OPS-1"}';

-- case:     dev-rows-that-are-off
insert into public.ai_provider_configs (provider, environment, enabled) values ('custom', 'dev', false);

-- case:     a-whole-dev-environment
-- topology: staging
insert into public.ai_provider_configs (provider, environment, is_default)
values ('openai', 'dev', true), ('custom', 'dev', false);

-- case:     off-rows-with-a-weight-in-a-single-database
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled, weight)
values ('openai', 'staging', false, 100), ('custom', 'dev', false, 20);

-- case:     rollback-of-a-single-database-leaves-weights-that-are-off
-- start:    rolled-back
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled, weight)
values ('custom', 'dev', false, 20);

-- case:     rollback-spares-dev
-- start:    rolled-back
-- topology: staging
insert into public.ai_provider_configs (provider, environment) values ('custom', 'dev');

-- case:     unmigrated-values-that-get-their-default
-- start:    before narrow-configs
update public.ai_provider_configs set weight = null, is_default = false where id = 3;
