-- life:     Supabase's history says that the migration has run, and nothing of it is there.
-- warns:    migration-history-knows-the-release
-- start:    before clean
-- asks:     history
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations
values ('20260215205000', '{}', 'phase2_provider_routing_and_eval');
