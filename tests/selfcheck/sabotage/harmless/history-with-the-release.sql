-- life:     Supabase's history knows the release's files, as `supabase db push` leaves them.
-- start:    traffic
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations values
  ('20260215205000', '{}', 'phase2_provider_routing_and_eval'),
  ('20260215205010', '{}', 'phase2_old_telemetry'),
  ('20260215205011', '{}', 'phase2_index_provider_created'),
  ('20260215205012', '{}', 'phase2_index_route_created'),
  ('20260215205013', '{}', 'phase2_index_request_id'),
  ('20260215205200', '{}', 'phase2_provider_config_prod');
