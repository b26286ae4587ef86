-- life:     New routing rows come with the canary's weight instead of the full one.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.weight
alter table public.ai_provider_configs alter column weight set default 10;
