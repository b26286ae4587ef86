-- Stops whoever changes routing at a chosen point, until the point is changed. Points are counted by session,
-- and cover each statement's start and end, each row, and the commit (a deferred trigger).

create schema probe;
create table probe.stop (point integer not null);
insert into probe.stop values (0);

create function probe.pass() returns trigger language plpgsql as $$
declare
  here constant integer := coalesce(nullif(current_setting('probe.point', true), ''), '0')::integer + 1;
  waited integer := 0;
begin
  perform set_config('probe.point', here::text, false);
  if exists (select from probe.stop where point = here) then
    perform pg_advisory_xact_lock(here);  -- free: it only shows where this session stands
    while exists (select from probe.stop where point = here) loop
      perform pg_sleep(0.002);
      waited := waited + 1;
      if waited > 10000 then
        raise exception 'nobody let this session go on';
      end if;
    end loop;
  end if;
  return null;
end
$$;

create trigger pass_start before insert or update or delete on public.ai_provider_configs
  for each statement execute function probe.pass();
create trigger pass_row after insert or update or delete on public.ai_provider_configs
  for each row execute function probe.pass();
create trigger pass_end after insert or update or delete on public.ai_provider_configs
  for each statement execute function probe.pass();
create constraint trigger pass_commit after insert or update or delete on public.ai_provider_configs
  deferrable initially deferred for each row execute function probe.pass();

-- The rows to come back to.
create table probe.saved as table public.ai_provider_configs;
