-- life:     A client that writes null was let in, and what reads metadata breaks on the first such row.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.metadata
alter table public.ai_provider_configs alter column metadata drop not null;
