-- life:     A check was added again "not valid" because the table was busy, and the validation was left for
--           later.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check
  check (weight >= 0) not valid;
