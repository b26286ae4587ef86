-- life:     The files were pasted, and Supabase's history knows nothing of them: `supabase db push` would run
--           them again.
-- warns:    migration-history-knows-the-release
-- start:    traffic
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations values ('20260101000000', '{}', 'phase1');
