-- life:     A dump and restore writes the list as an array literal.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_environment_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_environment_check
  check (environment = any ('{dev,staging,prod}'));
