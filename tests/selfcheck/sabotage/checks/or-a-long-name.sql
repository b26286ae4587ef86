-- life:     A condition that was meant to be "and" is written as "or", and any name of four letters passes.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = 'openai' or provider = 'custom' or length(provider) > 3);
