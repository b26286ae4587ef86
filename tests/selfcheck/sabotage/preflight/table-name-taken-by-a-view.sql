-- life:     A view of the routing table's name, left from a prototype, is in the way.
-- catches:  release-names-are-free, routing-rows-fit-the-checks
-- object:   public.ai_provider_configs
-- start:    before clean
create view public.ai_provider_configs as select 1 as id;
