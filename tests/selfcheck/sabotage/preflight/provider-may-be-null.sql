-- life:     The older routing table allows a row without a provider, which the release has to refuse.
-- catches:  existing-columns-fit-the-release
-- object:   public.ai_provider_configs.provider
-- start:    before narrow-configs
alter table public.ai_provider_configs alter column provider drop not null;
