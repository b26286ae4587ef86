-- life:     A row of a provider that was only tried out would make the new check fail.
-- catches:  routing-rows-fit-the-checks
-- object:   public.ai_provider_configs id 2 provider
-- start:    before half-applied
insert into public.ai_provider_configs (id, provider)
overriding system value values (2, 'acme');
