-- life:     After a rollback of the one database, a dev row that is off keeps its weight.
-- start:    rolled-back
-- topology: single-db
insert into public.ai_provider_configs (provider, environment, enabled, weight)
values ('custom', 'dev', false, 20);
