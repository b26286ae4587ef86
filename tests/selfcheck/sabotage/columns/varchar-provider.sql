-- life:     A framework made the column varchar instead of text: the same values, and another type than the
--           files say.
-- catches:  target-matches-the-reference
-- warns:    columns-match-contract, existing-columns-fit-the-release
-- object:   public.ai_provider_configs.provider
alter table public.ai_provider_configs alter column provider type varchar;
