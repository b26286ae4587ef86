-- life:     The table that keeps the replaced rows was made by the migration, and a script grants all on all
--           tables to anon.
-- catches:  no-grants-to-outsiders
-- object:   public.ai_provider_configs_superseded to anon
-- start:    after narrow-configs
grant all on public.ai_provider_configs_superseded to anon;
