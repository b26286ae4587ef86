-- life:     PostgreSQL 18 can keep a check without enforcing it; a migration tool that knows this writes it
--           so.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
-- postgres: 18
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check
  check (weight >= 0) not enforced;
