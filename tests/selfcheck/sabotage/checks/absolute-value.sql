-- life:     A weight is checked by its absolute value, so -100 is a weight.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check
  check (abs(weight) >= 0);
