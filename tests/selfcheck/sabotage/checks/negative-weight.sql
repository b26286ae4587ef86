-- life:     Minus one was introduced as "unlimited" on one project, and the check was moved for it.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check check (weight >= -1);
