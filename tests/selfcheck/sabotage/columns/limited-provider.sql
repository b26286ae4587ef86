-- life:     An ORM declared the provider as varchar(20), and long names are refused one day.
-- catches:  columns-match-contract, target-matches-the-reference
-- warns:    existing-columns-fit-the-release
-- object:   public.ai_provider_configs.provider
alter table public.ai_provider_configs alter column provider type varchar(20);
