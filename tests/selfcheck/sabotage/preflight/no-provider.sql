-- life:     A half-filled row was saved in the table editor, without a provider.
-- catches:  existing-columns-fit-the-release, routing-rows-fit-the-checks
-- object:   public.ai_provider_configs id 1 provider
-- start:    before half-applied
alter table public.ai_provider_configs alter column provider drop not null;
update public.ai_provider_configs set provider = null;
