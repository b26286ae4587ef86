-- life:     A column was made as timestamp, and each client reads its own zone into it.
-- catches:  columns-match-contract, existing-columns-fit-the-release, target-matches-the-reference
-- object:   public.ai_provider_configs.updated_at
alter table public.ai_provider_configs alter column updated_at type timestamp;
