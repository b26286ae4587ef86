-- life:     The allowed values come as an array literal with a NULL in it, which lets every value pass.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = any ('{openai,custom,NULL}'::text[]));
