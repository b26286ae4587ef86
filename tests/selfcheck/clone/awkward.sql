-- After supabase.sql: what few databases have, and some do. Each line is here because a clone could get it wrong.

create type public.mood as enum ('sad', 'it''s ok', 'Happy');
create type public."Pair" as (a integer, "B c" text collate "C", m public.mood);
create domain public.positive as integer default 1 not null constraint pos check (value > 0);
create domain public.late as text;
alter domain public.late add constraint lt check (value <> '') not valid;
create type public.spans as range (subtype = timestamptz, multirange_type_name = public.spans_many);
comment on type public.mood is 'a mood; it''s one';
comment on constraint pos on domain public.positive is 'positive';
create sequence public.lonely as smallint increment by -2 minvalue -100 maxvalue -1 start with -3 cache 4 cycle;
create unlogged table public.fleeting (a serial primary key, b bigserial, c smallserial);
create function public.next_code(prefix text default 'x''y', variadic more integer[] default '{}') returns text language sql stable security definer set search_path = '' set statement_timeout = '3s' as $f$ select prefix $f$;
create function public.tall(t public.mood, out a integer, out b text) returns setof record language plpgsql cost 7 rows 3 as $$ begin return; end $$;
create procedure public.go(inout x integer) language plpgsql as $$ begin x := 1; end $$;
create function public.plus(a integer, b integer) returns integer language sql immutable parallel safe begin atomic select a + b; end;
create function public.whole(p public.fleeting) returns integer language sql stable as 'select p.a';
create table public."Odd Table" (
  "Id" bigint generated always as identity (start with 7 increment by 3 cache 2) primary key,
  code text not null default public.next_code('q', 1, 2),
  amount numeric(10,2) default 1.5 check (amount > 0),
  name text collate "C" not null,
  total integer generated always as (length(name)) stored,
  gone integer,
  tags text[] not null default '{}',
  p public.positive, m public.mood default 'sad', pair public."Pair", s public.spans,
  at timestamptz not null default now(),
  "row" jsonb default '{"a": 1}'::jsonb,
  constraint "Odd one" unique nulls not distinct (code, name) deferrable initially deferred,
  constraint no_overlap exclude using gist (s with &&),
  constraint later check (amount < 100) no inherit
) with (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
alter table public."Odd Table" drop column gone;
alter table public."Odd Table" add constraint doubtful check (length(code) < 500) not valid;
alter table public."Odd Table" alter column name set storage external, alter column code set statistics 77, alter column "row" set compression pglz, alter column amount set (n_distinct = 5);
alter table public."Odd Table" replica identity full;
create unique index "By Name" on public."Odd Table" (lower(name) desc nulls last, code collate "C" text_pattern_ops) include (total) with (fillfactor = 80) where amount > 1;
alter index public."By Name" alter column 1 set statistics 55;
create index broken on public."Odd Table" (at);
update pg_index set indisvalid = false where indexrelid = 'public.broken'::regclass;
alter table public."Odd Table" cluster on "Odd Table_pkey";
create table public.refers (id integer primary key, odd bigint, self integer,
  constraint to_odd foreign key (odd) references public."Odd Table" on delete set null (odd) on update cascade deferrable,
  constraint to_self foreign key (self) references public.refers);
alter table public.refers add constraint to_odd_again foreign key (odd) references public."Odd Table" not valid;
create table public.base (a integer not null default 1, b text, constraint base_ok check (a > 0));
create table public.child (c integer, b text not null default 'own') inherits (public.base);
alter table public.child alter column a set default 9;
create table public.parts (k integer not null, at date not null, id bigint, note text, primary key (k, at)) partition by range (at);
create table public.parts_one (note text, at date not null, k integer not null, id bigint);
alter table public.parts attach partition public.parts_one for values from ('2026-01-01') to ('2026-02-01');
create table public.parts_rest partition of public.parts default partition by list (k);
create table public.parts_rest_7 partition of public.parts_rest for values in (7, null) ;
create index parts_note on public.parts (note);
alter table public.parts add constraint parts_to foreign key (k) references public.refers (id);
create view public.seen with (security_invoker = true, security_barrier = true) as select "Id", code, public.plus(1, 2) as three from public."Odd Table" where amount > 1 with local check option;
create view public.on_top as select o.*, s.three from public."Odd Table" o join public.seen s using ("Id");
create view public.grouped as select r.*, count(*) as n from public.refers r join public."Odd Table" o on o."Id" = r.odd group by r.id;
create view public.a_first as select * from public.on_top;
alter view public.seen alter column code set default 'zz';
create materialized view public.kept with (fillfactor = 50) as select code, count(*) as n from public.a_first group by code;
create unique index kept_code on public.kept (code);
create recursive view numbers (n) as select 1 union all select n + 1 from numbers where n < 5;
create function public.touch() returns trigger language plpgsql as $$ begin new.at := now(); return new; end $$;
create trigger "Touch it" before update of name, code on public."Odd Table" for each row when (old.name is distinct from new.name) execute function public.touch();
create constraint trigger late after insert on public."Odd Table" deferrable initially deferred for each row execute function public.touch();
create trigger off after insert on public."Odd Table" referencing new table as fresh for each statement execute function public.touch('a', 'b''c');
alter table public."Odd Table" disable trigger off;
create trigger spread after insert on public.parts for each row execute function public.touch();
alter table public.parts_one disable trigger spread;
alter table public."Odd Table" enable always trigger "Touch it";
create rule quiet as on delete to public.base do instead nothing;
create rule told as on update to public.base where old.a > 1 do also select 1;
alter table public.base disable rule told;
alter table public."Odd Table" enable row level security;
alter table public."Odd Table" force row level security;
create policy "Own rows" on public."Odd Table" as restrictive for update to anon, authenticated using (amount > 0) with check (amount > 1);
create policy every on public."Odd Table" using (true);
create statistics public.together (dependencies, ndistinct) on code, name from public."Odd Table";
create statistics public."Exp" on (amount * 2) from public."Odd Table";
alter statistics public.together set statistics 33;
comment on table public."Odd Table" is E'odd;\nit''s \\ $$ so';
comment on column public."Odd Table".code is 'a code';
comment on constraint "Odd one" on public."Odd Table" is 'one';
comment on constraint doubtful on public."Odd Table" is 'two';
comment on index public."By Name" is 'three';
comment on trigger "Touch it" on public."Odd Table" is 'four';
comment on policy "Own rows" on public."Odd Table" is 'five';
comment on rule quiet on public.base is 'six';
comment on function public.plus(integer, integer) is 'seven';
comment on procedure public.go(integer) is 'eight';
comment on view public.seen is 'nine';
comment on materialized view public.kept is 'ten';
comment on sequence public.lonely is 'eleven';
comment on statistics public.together is 'twelve';
comment on column public."Pair".a is 'thirteen';
comment on type public."Pair" is 'fourteen';
comment on domain public.late is 'fifteen';
comment on column public.seen.code is 'sixteen';
create role "Odd Owner"; grant create on schema public to "Odd Owner";
alter table public.refers owner to "Odd Owner";
alter sequence public.lonely owner to "Odd Owner";
alter type public.mood owner to "Odd Owner";
alter domain public.late owner to "Odd Owner";
alter view public.grouped owner to "Odd Owner";
alter function public.plus(integer, integer) owner to "Odd Owner";
alter materialized view public.kept owner to "Odd Owner";
alter statistics public."Exp" owner to "Odd Owner";
grant select, insert (name, code), update (name) on public."Odd Table" to anon;
grant select on public."Odd Table" to authenticated with grant option;
grant all on public.seen to public;
revoke all on public.base from postgres;
revoke execute on function public.next_code(text, integer[]) from public;
grant execute on function public.next_code(text, integer[]) to service_role;
grant execute on procedure public.go(integer) to anon;
grant usage on sequence public.lonely to anon;
revoke usage on type public.mood from public;
grant usage on domain public.late to anon;
alter default privileges for role postgres in schema public grant select on tables to anon;
alter default privileges for role "Odd Owner" in schema public grant usage on sequences to anon with grant option;
alter default privileges for role "Odd Owner" revoke execute on functions from public;
grant create on schema public to authenticated;
