-- life:     The older routing table has no id, so duplicates can't be told apart.
-- catches:  existing-columns-fit-the-release
-- object:   public.ai_provider_configs.id
-- start:    before narrow-configs
alter table public.ai_provider_configs drop column id;
