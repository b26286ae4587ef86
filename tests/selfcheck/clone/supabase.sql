-- After phase1.sql: what stands around schema public on Supabase, and leans on it or is leaned on.

create schema auth;
create schema extensions;
create schema supabase_functions;
create extension citext schema extensions;
create role dashboard_user;
create role app_owner;
grant create on schema public to app_owner;

create type auth.level as enum ('one', 'two');
create table auth.users (id uuid primary key, email text unique, assurance auth.level);
create function auth.uid() returns uuid language sql stable as 'select null::uuid';
create function extensions.next_id(prefix text default 'x') returns text language sql as 'select prefix';
create function supabase_functions.http_request() returns trigger language plpgsql as 'begin return new; end';

create table public."Profiles" (
  id    uuid primary key references auth.users (id) on delete cascade,
  code  text not null default extensions.next_id(),
  email extensions.citext,
  level auth.level not null default 'one'
);
alter table public."Profiles" owner to app_owner;
alter table public."Profiles" enable row level security;
create policy own on public."Profiles" for select to authenticated, dashboard_user using (id = auth.uid());
grant select on public."Profiles" to dashboard_user;
create trigger tell after insert on public."Profiles"
  for each row execute function supabase_functions.http_request();

create view public.accounts as
  select p.id, u.email from public."Profiles" p join auth.users u on u.id = p.id;
create function public.whoami() returns uuid language sql stable set search_path = '' as 'select auth.uid()';

create policy own_examples on public.ai_training_examples for select to authenticated
  using (user_id = auth.uid());

-- As on projects that were made before grants had to be asked for.
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;

create publication supabase_realtime for table public."Profiles";
create function extensions.watch() returns event_trigger language plpgsql as 'begin end';
create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.watch();

create role reader login password 'not/so:secret' bypassrls;
grant usage on schema public to reader;
grant select on public.ai_training_examples to reader;
