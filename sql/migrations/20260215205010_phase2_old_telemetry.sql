-- Phase 2, after the base migration: training examples that an interrupted rollout left without the telemetry
-- defaults, where there are too many for one transaction. Elsewhere it does nothing, at once.
--
-- Paste it alone, or run it with psql. It goes through the table page by page, and each few pages are a
-- transaction of a few milliseconds, so that nobody who updates one of these rows is kept waiting; it can't
-- run inside another transaction. Whatever ends it (a statement timeout, an editor that gives up) leaves what
-- is done as it is: run it again, until it ends without an error.

do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  pages constant integer := 16;
  last_page bigint;
  missing  text;
  required text;
  done     text;
  given_up text;
begin
  if 3 > (select count(*) from pg_attribute
          where attrelid = to_regclass('public.ai_training_examples')
            and attname in ('route_strategy', 'fallback_used', 'prompt_template_version') and not attisdropped)
  then
    raise exception 'public.ai_training_examples has not its telemetry columns yet'
      using hint = 'Apply the base migration first. Nothing was changed.';
  end if;
  if not exists (select from pg_attribute
                 where attrelid = 'public.ai_training_examples'::regclass and not attnotnull
                   and attname in ('route_strategy', 'fallback_used', 'prompt_template_version'))
  then
    return;
  end if;

  last_page := pg_relation_size('public.ai_training_examples') / current_setting('block_size')::bigint;
  for page in 0 .. last_page by pages loop
    for attempt in 1 .. greatest(tries, 1) loop
      perform set_config('lock_timeout', '40ms', true);
      begin
        update public.ai_training_examples
        set route_strategy          = coalesce(route_strategy, 'single_provider'),
            fallback_used           = coalesce(fallback_used, false),
            prompt_template_version = coalesce(prompt_template_version, 'v1')
        where ctid >= format('(%s,0)', page)::tid and ctid < format('(%s,0)', page + pages)::tid
          and (route_strategy is null or fallback_used is null or prompt_template_version is null);
        given_up := null;
      exception when lock_not_available then
        given_up := format('rows of public.ai_training_examples are held, from page %s of %s on', page, last_page);
      end;
      commit;
      exit when given_up is null;
      perform pg_sleep(0.1 + 0.4 * random());
    end loop;
    exit when given_up is not null;
  end loop;
  if given_up is not null then
    raise exception '%', given_up
      using errcode = 'lock_not_available', hint = 'Wait for the transaction that holds them, then run this file again.';
  end if;

  -- From here on as in the base migration: validated while writers go on, then "not null" in a moment.
  perform set_config('lock_timeout', '5s', true);
  select string_agg(format('validate constraint %I', c.conname), ', ') into missing
  from pg_constraint c
  where c.conrelid = 'public.ai_training_examples'::regclass and c.contype = 'c' and not c.convalidated
    and c.conname in (
      'ai_training_examples_route_strategy_present',
      'ai_training_examples_fallback_used_present',
      'ai_training_examples_prompt_template_version_present');
  if missing is not null then
    execute 'alter table public.ai_training_examples ' || missing;
    commit;
  end if;

  select string_agg(format('alter column %I set not null', a.attname), ', '),
         string_agg(format('drop constraint %I', c.conname), ', ')
    into required, done
  from pg_constraint c
  join pg_attribute a
    on a.attrelid = c.conrelid and c.conname = 'ai_training_examples_' || a.attname || '_present'
  where c.conrelid = 'public.ai_training_examples'::regclass
    and c.contype = 'c'
    and c.convalidated
    and a.attname in ('route_strategy', 'fallback_used', 'prompt_template_version');
  if required is null then
    raise exception 'public.ai_training_examples may hold nulls, and no check says otherwise'
      using hint = 'Run the base migration again, which adds the checks, then this file.';
  end if;
  perform set_config('lock_timeout', '5s', true);
  lock table public.ai_training_examples in share update exclusive mode;
  perform set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      execute 'alter table public.ai_training_examples ' || required;
      execute 'alter table public.ai_training_examples ' || done;
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds public.ai_training_examples: its columns were not made "not null"'
          using errcode = 'lock_not_available', hint = 'Wait for its end, then run this file again.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;
