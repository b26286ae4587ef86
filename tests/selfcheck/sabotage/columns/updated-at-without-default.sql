-- life:     A default was lost in a dump and restore, and rows without a time of change can't be inserted.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.updated_at
alter table public.ai_provider_configs alter column updated_at drop default;
