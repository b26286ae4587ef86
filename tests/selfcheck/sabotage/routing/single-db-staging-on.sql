-- life:     Someone tests custom with a staging row in the one database, and customers' requests carry the
--           cost.
-- catches:  only-prod-routes
-- object:   staging/custom
-- topology: single-db
insert into public.ai_provider_configs (provider, environment) values ('custom', 'staging');
