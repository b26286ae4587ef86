-- life:     A "qa" environment was added by hand, and its check was opened for it.
-- catches:  checks-match-contract, routing-rows-fit-the-checks, target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_environment_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_environment_check
  check (environment in ('prod', 'staging', 'dev', 'qa'));
insert into public.ai_provider_configs (provider, environment, is_default) values ('openai', 'qa', true);
