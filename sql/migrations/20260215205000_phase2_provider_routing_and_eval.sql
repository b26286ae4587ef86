-- Phase 2, base migration: provider routing, telemetry columns, eval tables and their summary view.
--
-- Paste the whole file into the Supabase SQL Editor, or run it with psql. It can be run again at any time:
-- what is already there stays as it is, and routing rows that exist are never touched. Its last statement
-- shows what is done, and what is left to paste: on a table of a few thousand rows nothing; on a big one the
-- files that build its indexes, which can't be pasted together with anything else.
--
-- The runtime writes to ai_training_examples all day, and reads its routing. So each step is a transaction
-- of its own, and asks for a lock that keeps others out for 40 ms only; if it can't have it, it lets go, so
-- that nobody queues behind it, and tries again a little later. After 60 times (some 20 s) it gives up and
-- names who holds the table (SQLSTATE 55P03). What fails leaves nothing of its step behind, the steps before
-- it stay, and running the file again finishes the job. More patience: set rollgate.lock_tries = 600;
--
--   1  routing      ai_provider_configs: table, missing columns, duplicates, checks, indexes, prod rows
--   2  telemetry    ai_training_examples: columns and checks; catalog only, no scan and no rewrite
--   3  telemetry    values that an interrupted rollout left null, where there are few
--   4  telemetry    checks validated, under a lock that lets writers pass; "not null" after that
--   5  evals        ai_eval_runs, ai_eval_samples (both layouts), ai_eval_run_summary_v1
--   6  evals        routing of older samples, indexes, foreign key to the training examples
--   7  telemetry    indexes, where the table is small; it is measured first how long they would take
--
-- "begin; commit;" ends the transaction that a paste is. Where statements are sent one by one, as psql does,
-- each has ended already: no lock is held while something travels.


-- 1  Routing ---------------------------------------------------------------------------------------------

do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  id_type text;
  wanted  record;
  present record;
  config_table regclass;
  config_sequence text;
  outsider text;
begin
  if to_regclass('public.ai_training_examples') is null then
    raise exception 'public.ai_training_examples is missing: Phase 2 extends the table that Phase 1 makes'
      using hint = 'Apply Phase 1 to this database first. Nothing was changed.';
  end if;

  select format_type(a.atttypid, a.atttypmod) into id_type
  from pg_attribute a
  where a.attrelid = 'public.ai_training_examples'::regclass and a.attname = 'id' and not a.attisdropped;

  if id_type is null or id_type not in ('uuid', 'bigint', 'integer') then
    raise exception 'public.ai_training_examples.id is %, needed: uuid, bigint or integer',
        coalesce('of type ' || id_type, 'missing')
      using hint = 'The eval samples refer to it. Nothing was changed.';
  end if;

  perform set_config('client_min_messages', 'warning', true), set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      -- Readers go on; whoever changes routing waits while duplicates are looked for.
      if to_regclass('public.ai_provider_configs') is not null then
        lock table public.ai_provider_configs in share row exclusive mode;
      end if;

      create table if not exists public.ai_provider_configs (
        id                      bigint      generated always as identity primary key,
        provider                text        not null,
        environment             text        not null default 'prod',
        enabled                 boolean     not null default true,
        is_default              boolean     not null default false,
        weight                  integer     not null default 100,
        timeout_ms              integer     not null default 45000,
        max_retries             integer     not null default 1,
        model                   text,
        prompt_template_version text        not null default 'v1',
        metadata                jsonb       not null default '{}'::jsonb,
        created_at              timestamptz not null default now(),
        updated_at              timestamptz not null default now()
      );

      if not (select relrowsecurity from pg_class where oid = 'public.ai_provider_configs'::regclass) then
        alter table public.ai_provider_configs enable row level security;
      end if;

      -- An older table may lack columns, defaults or "not null". Where nothing is missing, nothing is altered.
      for wanted in
        select *
        from (values
          ('environment',             'text',        $sql$'prod'::text$sql$, true),
          ('enabled',                 'boolean',     'true',                 true),
          ('is_default',              'boolean',     'false',                true),
          ('weight',                  'integer',     '100',                  true),
          ('timeout_ms',              'integer',     '45000',                true),
          ('max_retries',             'integer',     '1',                    true),
          ('model',                   'text',        null,                   false),
          ('prompt_template_version', 'text',        $sql$'v1'::text$sql$,   true),
          ('metadata',                'jsonb',       $sql$'{}'::jsonb$sql$,  true),
          ('created_at',              'timestamptz', 'now()',                true),
          ('updated_at',              'timestamptz', 'now()',                true)
        ) as w (name, type, default_value, required)
      loop
        select a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as default_value
          into present
        from pg_attribute a
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = 'public.ai_provider_configs'::regclass and a.attname = wanted.name and not a.attisdropped;

        if not found then
          execute format('alter table public.ai_provider_configs add column %I %s', wanted.name, wanted.type)
            || coalesce(' default ' || wanted.default_value, '')
            || case when wanted.required then ' not null' else '' end;
          continue;
        end if;

        if present.default_value is distinct from wanted.default_value and wanted.default_value is not null then
          execute format('alter table public.ai_provider_configs alter column %I set default %s',
                         wanted.name, wanted.default_value);
        end if;
        if wanted.required and not present.attnotnull then
          -- A row that was never updated was last changed when it was made.
          execute format('update public.ai_provider_configs set %1$I = %2$s where %1$I is null', wanted.name,
                         case wanted.name when 'updated_at' then 'coalesce(created_at, now())'
                                          else wanted.default_value end);
          execute format('alter table public.ai_provider_configs alter column %I set not null', wanted.name);
        end if;
      end loop;

      -- Rows are told apart by their id, and a row without a provider routes nothing.
      if not exists (select from pg_attribute
                     where attrelid = 'public.ai_provider_configs'::regclass and attname = 'id' and not attisdropped)
      then
        alter table public.ai_provider_configs add column id bigint generated always as identity;
      end if;
      if not exists (select from pg_constraint
                     where conrelid = 'public.ai_provider_configs'::regclass and contype = 'p') then
        alter table public.ai_provider_configs add primary key (id);
      end if;
      if exists (select from pg_attribute
                 where attrelid = 'public.ai_provider_configs'::regclass and attname = 'id'
                   and not atthasdef and attidentity = '')
      then
        alter table public.ai_provider_configs alter column id add generated by default as identity;
        perform setval(pg_get_serial_sequence('public.ai_provider_configs', 'id'),
                       (select coalesce(max(id), 1) from public.ai_provider_configs));
      end if;
      if exists (select from pg_attribute
                 where attrelid = 'public.ai_provider_configs'::regclass and attname = 'provider' and not attnotnull)
      then
        alter table public.ai_provider_configs alter column provider set not null;
      end if;

      -- The unique indexes below need one row a provider and environment, and one default an environment. The
      -- newest wins, by updated_at, then created_at. What gives way is kept, whole, in a table of its own.
      if exists (select from public.ai_provider_configs group by provider, environment having count(*) > 1)
         or exists (select from public.ai_provider_configs where is_default
                    group by environment having count(*) > 1)
      then
        create table if not exists public.ai_provider_configs_superseded (
          id            bigint      generated always as identity primary key,
          superseded_at timestamptz not null default now(),
          reason        text        not null,
          config        jsonb       not null
        );
        alter table public.ai_provider_configs_superseded enable row level security;
        comment on table public.ai_provider_configs_superseded is
          'Routing rows as they were before the Phase 2 migration dropped a duplicate or took a second default away.';

        with ranked as (
          select c.id, row_number() over (
            partition by c.provider, c.environment
            order by c.updated_at desc, c.created_at desc, c.id desc) as place
          from public.ai_provider_configs c
        ), dropped as (
          delete from public.ai_provider_configs c
          using ranked r
          where r.id = c.id and r.place > 1
          returning c.*
        )
        insert into public.ai_provider_configs_superseded (reason, config)
        select 'dropped: an older row of the same provider and environment', to_jsonb(d)
        from dropped d
        order by d.id;

        with ranked as (
          select c.id, row_number() over (
            partition by c.environment
            order by c.updated_at desc, c.created_at desc, c.id desc) as place
          from public.ai_provider_configs c
          where c.is_default
        ), kept as (
          insert into public.ai_provider_configs_superseded (reason, config)
          select 'no longer default: an older one of two defaults in the environment', to_jsonb(c)
          from public.ai_provider_configs c
          join ranked r on r.id = c.id
          where r.place > 1
          order by c.id
        )
        update public.ai_provider_configs c
        set is_default = false, updated_at = now()
        from ranked r
        where r.id = c.id and r.place > 1;
      end if;

      for wanted in
        select *
        from (values
          ('ai_provider_configs_provider_check',    $sql$provider in ('openai', 'custom')$sql$),
          ('ai_provider_configs_environment_check', $sql$environment in ('prod', 'staging', 'dev')$sql$),
          ('ai_provider_configs_weight_check',      'weight >= 0'),
          ('ai_provider_configs_timeout_ms_check',  'timeout_ms between 1000 and 180000'),
          ('ai_provider_configs_max_retries_check', 'max_retries between 0 and 3')
        ) as w (name, expression)
      loop
        if not exists (select from pg_constraint
                       where conrelid = 'public.ai_provider_configs'::regclass and conname = wanted.name)
        then
          -- A handful of rows: validated at once.
          execute format('alter table public.ai_provider_configs add constraint %I check (%s)',
                         wanted.name, wanted.expression);
        end if;
      end loop;

      -- "if not exists" would lock the table before it looks.
      if to_regclass('public.idx_ai_provider_configs_provider_environment') is null then
        create unique index idx_ai_provider_configs_provider_environment
          on public.ai_provider_configs (provider, environment);
      end if;
      if to_regclass('public.idx_ai_provider_configs_default_per_env') is null then
        create unique index idx_ai_provider_configs_default_per_env
          on public.ai_provider_configs (environment) where is_default;
      end if;
      if to_regclass('public.idx_ai_provider_configs_enabled') is null then
        create index idx_ai_provider_configs_enabled
          on public.ai_provider_configs (environment, enabled, weight desc);
      end if;

      -- Only rows that are missing, and a default only where prod has none: an operator's routing stays.
      insert into public.ai_provider_configs
        (provider, environment, enabled, is_default, weight, timeout_ms, max_retries)
      select
        seed.provider,
        'prod',
        true,
        seed.is_default and not exists (
          select from public.ai_provider_configs c where c.environment = 'prod' and c.is_default),
        seed.weight,
        seed.timeout_ms,
        seed.max_retries
      from (values
        ('openai', true,  100, 45000, 1),
        ('custom', false,  10, 60000, 0)
      ) as seed (provider, is_default, weight, timeout_ms, max_retries)
      where not exists (
        select from public.ai_provider_configs c where c.provider = seed.provider and c.environment = 'prod');

      comment on table public.ai_provider_configs is
        'Which AI provider serves an environment, and with which share of its traffic. One default an environment.';

      -- Service code works as service_role, which passes row level security; nobody else comes in through REST.
      for config_table in
        select c.oid::regclass from pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relname in ('ai_provider_configs', 'ai_provider_configs_superseded')
      loop
        config_sequence := pg_get_serial_sequence(config_table::text, 'id');
        for outsider in
          select 'public' union all select quote_ident(rolname) from pg_roles where rolname in ('anon', 'authenticated')
        loop
          execute format('revoke all on table %s from %s', config_table, outsider);
          if config_sequence is not null then
            execute format('revoke all on sequence %s from %s', config_sequence, outsider);
          end if;
        end loop;
        if exists (select from pg_roles where rolname = 'service_role') then
          execute format('grant select, insert, update, delete on table %s to service_role', config_table);
          if config_sequence is not null then
            execute format('grant usage, select on sequence %s to service_role', config_sequence);
          end if;
        end if;
      end loop;
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds public.ai_provider_configs: nothing was changed'
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation = 'public.ai_provider_configs'::regclass and l.granted
                and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;


-- 2  Telemetry: columns and checks -----------------------------------------------------------------------

-- A constant default is kept in the catalog, so no row is rewritten; a check that is not valid yet is not
-- looked for in old rows. All of it is one statement, which has the table for a few milliseconds.
do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  missing text := (
    with present as (
      select a.attname as name, a.attnotnull as required, pg_get_expr(d.adbin, d.adrelid) as default_value
      from pg_attribute a
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = 'public.ai_training_examples'::regclass and a.attnum > 0 and not a.attisdropped
    ),
    wanted (place, name, type, default_value, required) as (
      values
        (1, 'request_id',              'uuid',    null,                              false),
        (2, 'requested_provider',      'text',    null,                              false),
        (3, 'selected_provider',       'text',    null,                              false),
        (4, 'route_strategy',          'text',    $sql$'single_provider'::text$sql$, true),
        (5, 'fallback_provider',       'text',    null,                              false),
        (6, 'fallback_used',           'boolean', 'false',                           true),
        (7, 'latency_ms',              'integer', null,                              false),
        (8, 'prompt_template_version', 'text',    $sql$'v1'::text$sql$,              true)
    ),
    checks (place, name, expression) as (
      values
        (20, 'ai_training_examples_requested_provider_check',
         $sql$requested_provider is null or requested_provider in ('openai', 'custom')$sql$),
        (21, 'ai_training_examples_selected_provider_check',
         $sql$selected_provider is null or selected_provider in ('openai', 'custom')$sql$),
        (22, 'ai_training_examples_route_strategy_check',
         $sql$route_strategy in ('single_provider', 'weighted', 'fallback')$sql$),
        (23, 'ai_training_examples_fallback_provider_check',
         $sql$fallback_provider is null or fallback_provider in ('openai', 'custom')$sql$),
        (24, 'ai_training_examples_latency_ms_check',
         'latency_ms is null or latency_ms between 0 and 300000')
      union all
      -- "set not null" would scan the table while nobody can write. A check that holds spares it the scan.
      select 10 + w.place, 'ai_training_examples_' || w.name || '_present', format('%I is not null', w.name)
      from wanted w
      join present p on p.name = w.name
      where w.required and not p.required
    ),
    clauses (place, clause) as (
      select w.place, format('add column %I %s', w.name, w.type)
        || coalesce(' default ' || w.default_value, '') || case when w.required then ' not null' else '' end
      from wanted w
      where not exists (select from present p where p.name = w.name)
      union all
      select w.place, format('alter column %I set default %s', w.name, w.default_value)
      from wanted w
      join present p on p.name = w.name
      where w.default_value is not null and p.default_value is distinct from w.default_value
      union all
      select c.place, format('add constraint %I check (%s) not valid', c.name, c.expression)
      from checks c
      where not exists (select from pg_constraint
                        where conrelid = 'public.ai_training_examples'::regclass and conname = c.name)
    )
    select string_agg(clause, ', ' order by place) from clauses);
begin
  if missing is null then
    return;
  end if;
  -- Writers pass this lock. Waiting for it ends an autovacuum, which would keep the next one from us.
  perform set_config('lock_timeout', '5s', true);
  lock table public.ai_training_examples in share update exclusive mode;
  perform set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      execute 'alter table public.ai_training_examples ' || missing;
      comment on column public.ai_training_examples.selected_provider is
        'The provider that answered. Null in a generation row means that the runtime wrote no telemetry: the '
        'other routing columns have defaults and look written even when they are not.';
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds public.ai_training_examples: its columns and checks were not added'
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation = 'public.ai_training_examples'::regclass and l.granted
                and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;


-- 3  Telemetry: values that an interrupted rollout left null ----------------------------------------------

-- A row that is updated is locked until the transaction ends, so only few are updated here. Where there are
-- more, 20260215205010_phase2_old_telemetry.sql does it in small transactions.
do $$
declare
  few   constant integer := 500;
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
begin
  if not exists (select from pg_attribute
                 where attrelid = 'public.ai_training_examples'::regclass
                   and attname in ('route_strategy', 'fallback_used', 'prompt_template_version')
                   and not attnotnull)
    or few < (select count(*) from (
                select from public.ai_training_examples
                where route_strategy is null or fallback_used is null or prompt_template_version is null
                limit few + 1) as old)
  then
    return;
  end if;
  perform set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      -- They are all found before the first one is locked.
      update public.ai_training_examples
      set route_strategy          = coalesce(route_strategy, 'single_provider'),
          fallback_used           = coalesce(fallback_used, false),
          prompt_template_version = coalesce(prompt_template_version, 'v1')
      where id = any (array(
        select id from public.ai_training_examples
        where route_strategy is null or fallback_used is null or prompt_template_version is null));
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds rows of public.ai_training_examples: its nulls were not filled'
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation = 'public.ai_training_examples'::regclass and l.granted
                and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;


-- 4  Telemetry: checks validated, "not null" ---------------------------------------------------------------

-- One pass over the table for all of them; writers go on. It may take longer than the two minutes that the
-- role `postgres` has for a statement, so it has no limit. An editor that gives up waiting doesn't end it.
begin;
set local statement_timeout = 0;
set local lock_timeout = '5s';

do $$
declare
  unproven text;
begin
  select string_agg(format('validate constraint %I', c.conname), ', ') into unproven
  from pg_constraint c
  where c.conrelid = 'public.ai_training_examples'::regclass
    and c.contype = 'c'
    and not c.convalidated
    and (
      c.conname in (
        'ai_training_examples_requested_provider_check',
        'ai_training_examples_selected_provider_check',
        'ai_training_examples_route_strategy_check',
        'ai_training_examples_fallback_provider_check',
        'ai_training_examples_latency_ms_check')
      or c.conname in (
        'ai_training_examples_route_strategy_present',
        'ai_training_examples_fallback_used_present',
        'ai_training_examples_prompt_template_version_present')
      and not exists (
        select from public.ai_training_examples
        where route_strategy is null or fallback_used is null or prompt_template_version is null));
  if unproven is not null then
    execute 'alter table public.ai_training_examples ' || unproven;
  end if;
end
$$;

commit;

-- The checks that stood in for "not null" have done their work, and spare it the scan.
do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  required text;
  done     text;
begin
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
    return;
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
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation = 'public.ai_training_examples'::regclass and l.granted
                and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;


-- 5  Evals -------------------------------------------------------------------------------------------------

-- Two layouts are alive. `v2` is made here; `sitecraft` is kept where an older product database has it, and
-- gets the columns that it lacks. A layout that is neither is left alone, with an error.
do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  runs_have    text[];
  samples_have text[];
  skewed   record;
  relation text;
  outsider text;
  sample_sequence text;
begin
  perform set_config('client_min_messages', 'warning', true), set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      create table if not exists public.ai_eval_runs (
        run_id       uuid        primary key,  -- no default: ids sort by time, and the ingest makes them
        run_type     text        not null
          constraint ai_eval_runs_run_type_check check (run_type in ('offline', 'shadow', 'canary')),
        triggered_by text,
        commit_sha   text,
        dataset_ref  text,
        thresholds   jsonb       not null default '{}'::jsonb,
        status       text        not null default 'running'
          constraint ai_eval_runs_status_check check (status in ('running', 'passed', 'failed', 'aborted')),
        started_at   timestamptz not null default now(),
        finished_at  timestamptz,
        metadata     jsonb       not null default '{}'::jsonb
      );

      runs_have := array(
        select a.attname::text from pg_attribute a
        where a.attrelid = 'public.ai_eval_runs'::regclass and a.attnum > 0 and not a.attisdropped);
      samples_have := array(
        select a.attname::text from pg_attribute a
        where a.attrelid = to_regclass('public.ai_eval_samples') and a.attnum > 0 and not a.attisdropped);
      if 'run_id' = any (runs_have) then
        if 'sample_key' = any (samples_have) then
          raise exception 'public.ai_eval_runs has the v2 layout, public.ai_eval_samples has sitecraft''s'
            using hint = 'Move one of the two tables out of the way; they must have the same layout.';
        end if;
        -- An interrupted rollout may have left fewer columns.
        alter table public.ai_eval_runs
          add column if not exists run_type     text        not null,
          add column if not exists triggered_by text,
          add column if not exists commit_sha   text,
          add column if not exists dataset_ref  text,
          add column if not exists thresholds   jsonb       not null default '{}'::jsonb,
          add column if not exists status       text        not null default 'running',
          add column if not exists started_at   timestamptz not null default now(),
          add column if not exists finished_at  timestamptz,
          add column if not exists metadata     jsonb       not null default '{}'::jsonb;
        if not exists (select from pg_constraint where conrelid = 'public.ai_eval_runs'::regclass
                       and conname = 'ai_eval_runs_run_type_check') then
          alter table public.ai_eval_runs add constraint ai_eval_runs_run_type_check
            check (run_type in ('offline', 'shadow', 'canary'));
        end if;
        if not exists (select from pg_constraint where conrelid = 'public.ai_eval_runs'::regclass
                       and conname = 'ai_eval_runs_status_check') then
          alter table public.ai_eval_runs add constraint ai_eval_runs_status_check
            check (status in ('running', 'passed', 'failed', 'aborted'));
        end if;

        create table if not exists public.ai_eval_samples (
          id                             bigint      generated always as identity primary key,
          run_id                         uuid        not null
            references public.ai_eval_runs (run_id) on delete cascade,
          request_id                     uuid,
          requested_provider             text,
          selected_provider              text,
          route_strategy                 text,
          fallback_used                  boolean     not null default false,
          latency_ms                     integer,
          schema_valid                   boolean     not null,
          patch_apply_success            boolean     not null,
          edited_after_generate          boolean     not null,
          published_within_7d            boolean     not null,
          safety_html_tailwind_compliant boolean     not null,
          created_at                     timestamptz not null default now(),
          metadata                       jsonb       not null default '{}'::jsonb
        );
        -- Where samples are there already, the outcomes they lack can't be made up: that is an error.
        alter table public.ai_eval_samples
          add column if not exists request_id                     uuid,
          add column if not exists requested_provider             text,
          add column if not exists selected_provider              text,
          add column if not exists route_strategy                 text,
          add column if not exists fallback_used                  boolean     not null default false,
          add column if not exists latency_ms                     integer,
          add column if not exists schema_valid                   boolean     not null,
          add column if not exists patch_apply_success            boolean     not null,
          add column if not exists edited_after_generate          boolean     not null,
          add column if not exists published_within_7d            boolean     not null,
          add column if not exists safety_html_tailwind_compliant boolean     not null,
          add column if not exists created_at                     timestamptz not null default now(),
          add column if not exists metadata                       jsonb       not null default '{}'::jsonb;

      elsif 'id' = any (runs_have) and 'completed_at' = any (runs_have)
            and 'sample_key' = any (samples_have) then
        alter table public.ai_eval_samples
          add column if not exists request_id         uuid,
          add column if not exists requested_provider text,
          add column if not exists selected_provider  text,
          add column if not exists route_strategy     text,
          add column if not exists fallback_used      boolean not null default false;

      else
        raise exception 'public.ai_eval_runs and public.ai_eval_samples have neither the v2 nor the sitecraft layout'
          using detail = format('ai_eval_runs has: %s; ai_eval_samples has: %s',
                                array_to_string(runs_have, ', '),
                                coalesce(nullif(array_to_string(samples_have, ', '), ''), 'no such table')),
                hint = 'Move the older tables out of the way, then run this file again. Routing and telemetry are done.';
      end if;

      -- The sample's training example, of whatever type its key has.
      execute format('alter table public.ai_eval_samples add column if not exists training_example_id %s', (
        select format_type(a.atttypid, a.atttypmod) from pg_attribute a
        where a.attrelid = 'public.ai_training_examples'::regclass and a.attname = 'id' and not a.attisdropped));

      -- timezone('utc', now()) in a timestamptz column is off by the session's offset from UTC; now() is the
      -- instant.
      for skewed in
        select d.adrelid::regclass as table_name, a.attname
        from pg_attrdef d
        join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        where d.adrelid in ('public.ai_eval_runs'::regclass, 'public.ai_eval_samples'::regclass)
          and a.atttypid = 'timestamptz'::regtype
          and pg_get_expr(d.adbin, d.adrelid) ~* 'timezone\(|at time zone'
      loop
        execute format('alter table %s alter column %I set default now()', skewed.table_name, skewed.attname);
      end loop;

      alter table public.ai_eval_runs    enable row level security;
      alter table public.ai_eval_samples enable row level security;

      -- One row a run, also for a run without samples. Rates are shares from 0 to 1, null without samples. Each run
      -- is summed up by itself, so that the latest five read their own samples and no others.
      execute format($view$
        create or replace view public.ai_eval_run_summary_v1
        with (security_invoker = true) as
        select
          r.%1$I as run_id, s.total_records, s.schema_valid_rate, s.patch_apply_success, s.edit_after_generate_rate,
          s.publish_conversion_proxy, s.safety_html_tailwind_compliance, s.fallback_rate, s.p95_latency_ms,
          s.first_sample_at, s.last_sample_at
        from public.ai_eval_runs r
        cross join lateral (
          select
            count(*) as total_records,
            avg(s.schema_valid::integer)::double precision as schema_valid_rate,
            avg(s.patch_apply_success::integer)::double precision as patch_apply_success,
            avg(s.edited_after_generate::integer)::double precision as edit_after_generate_rate,
            avg(s.published_within_7d::integer)::double precision as publish_conversion_proxy,
            avg(s.safety_html_tailwind_compliant::integer)::double precision as safety_html_tailwind_compliance,
            avg(s.fallback_used::integer)::double precision as fallback_rate,
            percentile_cont(0.95) within group (order by s.latency_ms) as p95_latency_ms,
            min(s.created_at) as first_sample_at,
            max(s.created_at) as last_sample_at
          from public.ai_eval_samples s
          where s.run_id = r.%1$I
        ) s
      $view$, case when exists (
        select from pg_attribute a
        where a.attrelid = 'public.ai_eval_runs'::regclass and a.attname = 'run_id' and not a.attisdropped)
        then 'run_id' else 'id' end);
      comment on view public.ai_eval_run_summary_v1 is
        'One row an eval run: how many samples, the rates of the eval contract, and the 95th percentile of latency.';

      sample_sequence := (
        select pg_get_serial_sequence('public.ai_eval_samples', a.attname)
        from pg_attribute a
        where a.attrelid = 'public.ai_eval_samples'::regclass and a.attname = 'id' and not a.attisdropped);
      for outsider in
        select 'public' union all select quote_ident(rolname) from pg_roles where rolname in ('anon', 'authenticated')
      loop
        foreach relation in array array['ai_eval_runs', 'ai_eval_samples', 'ai_eval_run_summary_v1'] loop
          execute format('revoke all on table public.%I from %s', relation, outsider);
        end loop;
        if sample_sequence is not null then
          execute format('revoke all on sequence %s from %s', sample_sequence, outsider);
        end if;
      end loop;
      if exists (select from pg_roles where rolname = 'service_role') then
        grant select, insert, update, delete on public.ai_eval_runs, public.ai_eval_samples to service_role;
        grant select on public.ai_eval_run_summary_v1 to service_role;
        if sample_sequence is not null then
          execute format('grant usage, select on sequence %s to service_role', sample_sequence);
        end if;
      end if;
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds the eval tables or their view: routing and telemetry are done'
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation in (to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'),
                                   to_regclass('public.ai_eval_run_summary_v1'))
                and l.granted and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;


-- 6  Evals: older samples, indexes, foreign key ------------------------------------------------------------

-- In the sitecraft layout the samples so far carry their routing in their metadata.
begin;
set local statement_timeout = 0;
set local lock_timeout = '5s';

do $$
begin
  if not exists (select from pg_attribute
                 where attrelid = 'public.ai_eval_samples'::regclass and attname = 'sample_key' and not attisdropped)
  then
    return;
  end if;
  update public.ai_eval_samples
  set request_id = case
        when metadata ->> 'requestId' ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        then (metadata ->> 'requestId')::uuid
      end,
      requested_provider = metadata ->> 'requestedProvider',
      selected_provider  = metadata ->> 'selectedProvider',
      route_strategy     = metadata ->> 'routeStrategy',
      fallback_used      = coalesce(metadata -> 'fallbackUsed' = 'true'::jsonb, false)
  where request_id is null and requested_provider is null and selected_provider is null
    and route_strategy is null and not fallback_used
    and (jsonb_strip_nulls(metadata) ?| array['requestedProvider', 'selectedProvider', 'routeStrategy']
         or metadata -> 'fallbackUsed' = 'true'::jsonb
         or metadata ->> 'requestId' ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$');
end
$$;

commit;

do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  wanted record;
begin
  perform set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      for wanted in
        select *
        from (values
          ('idx_ai_eval_runs_status_started',  'ai_eval_runs',    '(status, started_at desc)'),
          ('idx_ai_eval_samples_run_id',       'ai_eval_samples', '(run_id)'),
          ('idx_ai_eval_samples_run_provider', 'ai_eval_samples', '(run_id, selected_provider)'),
          -- Without it, deleting a training example scans every sample.
          ('idx_ai_eval_samples_training_example_id', 'ai_eval_samples',
           '(training_example_id) where training_example_id is not null')
        ) as w (name, relation, definition)
      loop
        if to_regclass('public.' || wanted.name) is null then
          execute format('create index %I on public.%I %s', wanted.name, wanted.relation, wanted.definition);
        end if;
      end loop;
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds the eval tables: their indexes were not made'
          using errcode = 'lock_not_available', hint = 'Wait for its end, then run this file again.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;

-- The foreign key has the table that it refers to for a few milliseconds, and is validated after that.
do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
begin
  if exists (select from pg_constraint
             where conrelid = 'public.ai_eval_samples'::regclass
               and conname = 'ai_eval_samples_training_example_id_fkey')
  then
    return;
  end if;
  perform set_config('lock_timeout', '5s', true);
  lock table public.ai_training_examples in share update exclusive mode;
  perform set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      alter table public.ai_eval_samples
        add constraint ai_eval_samples_training_example_id_fkey
        foreign key (training_example_id) references public.ai_training_examples (id)
        on delete set null not valid;
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds public.ai_training_examples: the eval samples do not refer to it yet'
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation = 'public.ai_training_examples'::regclass and l.granted
                and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin;
set local statement_timeout = 0;
set local lock_timeout = '5s';

do $$
begin
  if exists (select from pg_constraint
             where conrelid = 'public.ai_eval_samples'::regclass
               and conname = 'ai_eval_samples_training_example_id_fkey' and not convalidated)
  then
    alter table public.ai_eval_samples validate constraint ai_eval_samples_training_example_id_fkey;
  end if;
end
$$;

commit;


-- 7  Telemetry: indexes ------------------------------------------------------------------------------------

-- A plain build keeps writers out while it reads and sorts, so it is only for a table where that is a matter
-- of milliseconds, which is measured first: reading and sorting alone keep nobody waiting. Everywhere else the
-- next files build them while writers go on. An index that such a build has left behind, not valid, is dropped.
do $$
declare
  tries constant integer := coalesce(nullif(current_setting('rollgate.lock_tries', true), ''), '60')::integer;
  tiny  constant bigint := 1024 * 1024;       -- bytes of the table itself, and not worth measuring
  large constant bigint := 32 * 1024 * 1024;  -- and not worth trying
  quick constant interval := '30 ms';         -- for all of them
  size  constant bigint := pg_relation_size('public.ai_training_examples');
  drops  text[];
  builds text[];
  sorts  text[];
  statement text;
  started timestamptz;
  may_build boolean := size <= tiny;
begin
  select array_agg(format('drop index public.%I', w.name)) filter (where i.indexrelid is not null),
         array_agg(format('create index %I on public.ai_training_examples (%s)', w.name, w.keys)
                   || coalesce(' where ' || w.condition, '') order by w.name),
         array_agg(format('select count(*) from (select from public.ai_training_examples where %s '
                          'order by %s offset 0) s', coalesce(w.condition, 'true'), w.keys))
    into drops, builds, sorts
  from (values
    ('idx_ai_training_examples_provider_created', 'selected_provider, created_at desc', null),
    ('idx_ai_training_examples_route_created',    'route_strategy, created_at desc',    null),
    ('idx_ai_training_examples_request_id',       'request_id',                         'request_id is not null')
  ) as w (name, keys, condition)
  left join pg_index i on i.indexrelid = to_regclass('public.' || w.name)
  where i.indisvalid is not true;
  if builds is null then
    return;
  end if;

  for measured in 1 .. 3 loop
    exit when may_build or size > large;
    started := clock_timestamp();
    foreach statement in array sorts loop
      execute statement;
    end loop;
    may_build := clock_timestamp() - started <= quick;
  end loop;
  if not may_build and drops is null then
    return;
  end if;

  perform set_config('lock_timeout', '5s', true);
  lock table public.ai_training_examples in share update exclusive mode;
  perform set_config('lock_timeout', '40ms', true);
  for attempt in 1 .. greatest(tries, 1) loop
    begin
      foreach statement in array coalesce(drops, '{}') || case when may_build then builds else '{}' end loop
        execute statement;
      end loop;
      return;
    exception when lock_not_available then
      if attempt >= tries then
        raise exception 'another transaction holds public.ai_training_examples: its indexes were not touched'
          using errcode = 'lock_not_available',
            detail = 'held by ' || coalesce((
              select string_agg(distinct format('pid %s (%s) since %s', a.pid, a.application_name,
                                                date_trunc('second', a.xact_start)), '; ')
              from pg_locks l
              join pg_stat_activity a on a.pid = l.pid
              where l.relation = 'public.ai_training_examples'::regclass and l.granted
                and l.pid <> pg_backend_pid()), 'somebody'),
            hint = 'End that transaction or wait for its end, then run this file again: it goes on from here.';
      end if;
    end;
    perform pg_sleep(0.1 + 0.4 * random());
  end loop;
end
$$;

begin; commit;


-- What is done, and what is left to paste: one file alone, then the next ------------------------------------

select step.done as what, case when step.is_done then 'done' else 'to do' end as state,
       case when not step.is_done then step.file end as paste_this_file_alone
from (
  values
    ('routing, telemetry columns and their checks, eval tables and view', true, null),
    ('older rows carry the telemetry defaults',
     not exists (select from pg_attribute
                 where attrelid = 'public.ai_training_examples'::regclass and not attnotnull
                   and attname in ('route_strategy', 'fallback_used', 'prompt_template_version')),
     '20260215205010_phase2_old_telemetry.sql'),
    ('index idx_ai_training_examples_provider_created',
     coalesce((select indisvalid from pg_index
               where indexrelid = to_regclass('public.idx_ai_training_examples_provider_created')), false),
     '20260215205011_phase2_index_provider_created.sql'),
    ('index idx_ai_training_examples_route_created',
     coalesce((select indisvalid from pg_index
               where indexrelid = to_regclass('public.idx_ai_training_examples_route_created')), false),
     '20260215205012_phase2_index_route_created.sql'),
    ('index idx_ai_training_examples_request_id',
     coalesce((select indisvalid from pg_index
               where indexrelid = to_regclass('public.idx_ai_training_examples_request_id')), false),
     '20260215205013_phase2_index_request_id.sql')
) as step (done, is_done, file);
