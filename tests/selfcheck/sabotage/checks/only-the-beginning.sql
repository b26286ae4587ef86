-- life:     A cast to varchar(6) inside the check cuts the value, so "custom-eu" counts as custom.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider::varchar(6) in ('openai', 'custom'));
