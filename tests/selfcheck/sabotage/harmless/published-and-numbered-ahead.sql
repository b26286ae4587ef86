-- life:     All tables are published for a copy, and the numbers of new rows begin far ahead.
-- start:    traffic
create publication everything for all tables;
alter table public.ai_provider_configs replica identity full;
alter table public.ai_provider_configs alter column id restart with 100000;
