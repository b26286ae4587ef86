-- life:     A "not" slips into the list of environments, and the rows are renamed until the check accepts
--           them.
-- catches:  checks-match-contract, environment-has-a-provider, one-default-per-environment,
--           overlay-rows-are-in-place, routing-rows-fit-the-checks, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_environment_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_environment_check;
update public.ai_provider_configs set environment = 'qa';
alter table public.ai_provider_configs add constraint ai_provider_configs_environment_check
  check (environment not in ('prod', 'staging', 'dev'));
