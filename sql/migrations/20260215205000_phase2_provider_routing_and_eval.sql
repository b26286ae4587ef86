-- Phase 2, base migration: provider routing, telemetry columns, eval tables and their summary view.
--
-- Paste the whole file into the Supabase SQL Editor, or run it with psql. It can be run again at any time:
-- what is already there stays as it is, and routing rows that exist are never touched.
--
-- It is a row of short transactions, so that the runtime, which writes to ai_training_examples all day, is
-- not kept waiting by a scan. If one of them fails, it leaves nothing behind, the ones before it stay, and
-- running the file again finishes the job. Each gives up after 3 s of waiting for a lock (SQLSTATE 55P03):
-- that, too, is mended by running the file again.
--
--   1  routing      ai_provider_configs: table, missing columns, duplicates, checks, indexes, prod rows
--   2  telemetry    ai_training_examples: columns and checks; catalog only, no scan and no rewrite
--   3  telemetry    values that an interrupted rollout left null; row locks only
--   4  telemetry    checks validated, under a lock that lets writers pass
--   5  evals        ai_eval_runs, ai_eval_samples (both layouts), indexes, ai_eval_run_summary_v1
--   6  evals        foreign key to the training examples validated
--   7  telemetry    indexes, where the table is small; where it is big, the last step stops with the three
--                   statements that build them while writers go on, to be pasted one at a time


-- 1  Routing ---------------------------------------------------------------------------------------------

begin;
set local lock_timeout = '3s';
set local client_min_messages = warning;

do $$
declare
  id_type text;
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
end
$$;

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

alter table public.ai_provider_configs enable row level security;

-- Nobody changes routing while duplicates are looked for.
lock table public.ai_provider_configs in share row exclusive mode;

-- An older table may lack columns, defaults or "not null". Where nothing is missing, nothing is altered.
do $$
declare
  wanted  record;
  present record;
begin
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
end
$$;

-- Rows are told apart by their id, and a row without a provider routes nothing.
do $$
begin
  alter table public.ai_provider_configs add column if not exists id bigint generated always as identity;
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
end
$$;

-- The unique indexes below need one row a provider and environment, and one default an environment. The
-- newest wins, by updated_at, then created_at. What gives way is kept, whole, in a table of its own.
do $$
begin
  if not exists (select from public.ai_provider_configs group by provider, environment having count(*) > 1)
     and not exists (select from public.ai_provider_configs where is_default
                     group by environment having count(*) > 1)
  then
    return;
  end if;

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
end
$$;

do $$
declare
  wanted record;
begin
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
end
$$;

create unique index if not exists idx_ai_provider_configs_provider_environment
  on public.ai_provider_configs (provider, environment);
create unique index if not exists idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where is_default;
create index if not exists idx_ai_provider_configs_enabled
  on public.ai_provider_configs (environment, enabled, weight desc);

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
do $$
declare
  config_table regclass;
  config_sequence text;
  outsider text;
begin
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
end
$$;

commit;


-- 2  Telemetry: columns and checks -----------------------------------------------------------------------

begin;
set local lock_timeout = '3s';
set local client_min_messages = warning;

-- A constant default is kept in the catalog, so no row is rewritten; a check that is not valid yet is not
-- looked for in old rows. Both take the table for a moment only.
do $$
declare
  wanted  record;
  present record;
begin
  for wanted in
    select *
    from (values
      ('request_id',              'uuid',    null,                            false),
      ('requested_provider',      'text',    null,                            false),
      ('selected_provider',       'text',    null,                            false),
      ('route_strategy',          'text',    $sql$'single_provider'::text$sql$, true),
      ('fallback_provider',       'text',    null,                            false),
      ('fallback_used',           'boolean', 'false',                         true),
      ('latency_ms',              'integer', null,                            false),
      ('prompt_template_version', 'text',    $sql$'v1'::text$sql$,            true)
    ) as w (name, type, default_value, required)
  loop
    select a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as default_value
      into present
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = 'public.ai_training_examples'::regclass and a.attname = wanted.name and not a.attisdropped;

    if not found then
      execute format('alter table public.ai_training_examples add column %I %s', wanted.name, wanted.type)
        || coalesce(' default ' || wanted.default_value, '')
        || case when wanted.required then ' not null' else '' end;
      continue;
    end if;

    if present.default_value is distinct from wanted.default_value and wanted.default_value is not null then
      execute format('alter table public.ai_training_examples alter column %I set default %s',
                     wanted.name, wanted.default_value);
    end if;
    -- "set not null" would scan the table while nobody can write. A check that holds spares it the scan.
    if wanted.required and not present.attnotnull and not exists (
      select from pg_constraint
      where conrelid = 'public.ai_training_examples'::regclass
        and conname = 'ai_training_examples_' || wanted.name || '_present')
    then
      execute format('alter table public.ai_training_examples add constraint %I check (%I is not null) not valid',
                     'ai_training_examples_' || wanted.name || '_present', wanted.name);
    end if;
  end loop;
end
$$;

do $$
declare
  wanted record;
begin
  for wanted in
    select *
    from (values
      ('ai_training_examples_requested_provider_check',
       $sql$requested_provider is null or requested_provider in ('openai', 'custom')$sql$),
      ('ai_training_examples_selected_provider_check',
       $sql$selected_provider is null or selected_provider in ('openai', 'custom')$sql$),
      ('ai_training_examples_route_strategy_check',
       $sql$route_strategy in ('single_provider', 'weighted', 'fallback')$sql$),
      ('ai_training_examples_fallback_provider_check',
       $sql$fallback_provider is null or fallback_provider in ('openai', 'custom')$sql$),
      ('ai_training_examples_latency_ms_check',
       'latency_ms is null or latency_ms between 0 and 300000')
    ) as w (name, expression)
  loop
    if not exists (select from pg_constraint
                   where conrelid = 'public.ai_training_examples'::regclass and conname = wanted.name)
    then
      execute format('alter table public.ai_training_examples add constraint %I check (%s) not valid',
                     wanted.name, wanted.expression);
    end if;
  end loop;
end
$$;

comment on column public.ai_training_examples.selected_provider is
  'The provider that answered. Null in a generation row means that the runtime wrote no telemetry: the other '
  'routing columns have defaults and look written even when they are not.';

commit;


-- 3  Telemetry: values that an interrupted rollout left null ----------------------------------------------

begin;
set local lock_timeout = '3s';

do $$
begin
  if exists (select from pg_attribute
             where attrelid = 'public.ai_training_examples'::regclass
               and attname in ('route_strategy', 'fallback_used', 'prompt_template_version')
               and not attnotnull)
  then
    update public.ai_training_examples
    set route_strategy          = coalesce(route_strategy, 'single_provider'),
        fallback_used           = coalesce(fallback_used, false),
        prompt_template_version = coalesce(prompt_template_version, 'v1')
    where route_strategy is null or fallback_used is null or prompt_template_version is null;
  end if;
end
$$;

commit;


-- 4  Telemetry: checks validated --------------------------------------------------------------------------

begin;
set local lock_timeout = '3s';

do $$
declare
  unproven name;
begin
  for unproven in
    select c.conname
    from pg_constraint c
    where c.conrelid = 'public.ai_training_examples'::regclass
      and c.contype = 'c'
      and not c.convalidated
      and c.conname in (
        'ai_training_examples_requested_provider_check',
        'ai_training_examples_selected_provider_check',
        'ai_training_examples_route_strategy_check',
        'ai_training_examples_fallback_provider_check',
        'ai_training_examples_latency_ms_check',
        'ai_training_examples_route_strategy_present',
        'ai_training_examples_fallback_used_present',
        'ai_training_examples_prompt_template_version_present')
  loop
    execute format('alter table public.ai_training_examples validate constraint %I', unproven);
  end loop;
end
$$;

commit;

begin;
set local lock_timeout = '3s';

-- The checks that stood in for "not null" have done their work.
do $$
declare
  proven record;
begin
  for proven in
    select c.conname as check_name, a.attname as column_name
    from pg_constraint c
    join pg_attribute a
      on a.attrelid = c.conrelid and c.conname = 'ai_training_examples_' || a.attname || '_present'
    where c.conrelid = 'public.ai_training_examples'::regclass
      and c.contype = 'c'
      and c.convalidated
      and a.attname in ('route_strategy', 'fallback_used', 'prompt_template_version')
  loop
    execute format('alter table public.ai_training_examples alter column %I set not null', proven.column_name);
    execute format('alter table public.ai_training_examples drop constraint %I', proven.check_name);
  end loop;
end
$$;

commit;


-- 5  Evals -------------------------------------------------------------------------------------------------

begin;
set local lock_timeout = '3s';
set local client_min_messages = warning;

-- Two layouts are alive. `v2` is made here; `sitecraft` is kept where an older product database has it, and
-- gets the columns that it lacks. A layout that is neither is left alone, with an error.
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

do $$
declare
  runs_have text[] := array(
    select a.attname::text from pg_attribute a
    where a.attrelid = 'public.ai_eval_runs'::regclass and a.attnum > 0 and not a.attisdropped);
  samples_have text[] := array(
    select a.attname::text from pg_attribute a
    where a.attrelid = to_regclass('public.ai_eval_samples') and a.attnum > 0 and not a.attisdropped);
begin
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
    if not 'fallback_used' = any (samples_have) then
      alter table public.ai_eval_samples
        add column if not exists request_id         uuid,
        add column if not exists requested_provider text,
        add column if not exists selected_provider  text,
        add column if not exists route_strategy     text,
        add column               fallback_used      boolean not null default false;
      -- The samples so far carry these facts in their metadata.
      update public.ai_eval_samples
      set request_id = case
            when metadata ->> 'requestId'
                 ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            then (metadata ->> 'requestId')::uuid
          end,
          requested_provider = metadata ->> 'requestedProvider',
          selected_provider  = metadata ->> 'selectedProvider',
          route_strategy     = metadata ->> 'routeStrategy',
          fallback_used      = coalesce(metadata -> 'fallbackUsed' = 'true'::jsonb, false);
    end if;

  else
    raise exception 'public.ai_eval_runs and public.ai_eval_samples have neither the v2 nor the sitecraft layout'
      using detail = format('ai_eval_runs has: %s; ai_eval_samples has: %s',
                            array_to_string(runs_have, ', '),
                            coalesce(nullif(array_to_string(samples_have, ', '), ''), 'no such table')),
            hint = 'Move the older tables out of the way, then run this file again. Routing and telemetry are done.';
  end if;
end
$$;

-- timezone('utc', now()) in a timestamptz column is off by the session's offset from UTC; now() is the instant.
do $$
declare
  skewed record;
begin
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
end
$$;

alter table public.ai_eval_runs    enable row level security;
alter table public.ai_eval_samples enable row level security;

-- The sample's training example, of whatever type its key has.
do $$
begin
  execute format('alter table public.ai_eval_samples add column if not exists training_example_id %s', (
    select format_type(a.atttypid, a.atttypmod) from pg_attribute a
    where a.attrelid = 'public.ai_training_examples'::regclass and a.attname = 'id' and not a.attisdropped));

  if not exists (select from pg_constraint
                 where conrelid = 'public.ai_eval_samples'::regclass
                   and conname = 'ai_eval_samples_training_example_id_fkey')
  then
    alter table public.ai_eval_samples
      add constraint ai_eval_samples_training_example_id_fkey
      foreign key (training_example_id) references public.ai_training_examples (id)
      on delete set null not valid;
  end if;
end
$$;

create index if not exists idx_ai_eval_runs_status_started
  on public.ai_eval_runs (status, started_at desc);
create index if not exists idx_ai_eval_samples_run_id
  on public.ai_eval_samples (run_id);
create index if not exists idx_ai_eval_samples_run_provider
  on public.ai_eval_samples (run_id, selected_provider);
-- Without it, deleting a training example scans every sample.
create index if not exists idx_ai_eval_samples_training_example_id
  on public.ai_eval_samples (training_example_id) where training_example_id is not null;

-- One row a run, also for a run without samples. Rates are shares from 0 to 1, null without samples.
do $$
begin
  execute format($view$
    create or replace view public.ai_eval_run_summary_v1
    with (security_invoker = true) as
    select
      r.%1$I as run_id,
      count(s.run_id) as total_records,
      avg(s.schema_valid::integer)::double precision as schema_valid_rate,
      avg(s.patch_apply_success::integer)::double precision as patch_apply_success,
      avg(s.edited_after_generate::integer)::double precision as edit_after_generate_rate,
      avg(s.published_within_7d::integer)::double precision as publish_conversion_proxy,
      avg(s.safety_html_tailwind_compliant::integer)::double precision as safety_html_tailwind_compliance,
      avg(s.fallback_used::integer)::double precision as fallback_rate,
      percentile_cont(0.95) within group (order by s.latency_ms) as p95_latency_ms,
      min(s.created_at) as first_sample_at,
      max(s.created_at) as last_sample_at
    from public.ai_eval_runs r
    left join public.ai_eval_samples s on s.run_id = r.%1$I
    group by r.%1$I
  $view$, case when exists (
    select from pg_attribute a
    where a.attrelid = 'public.ai_eval_runs'::regclass and a.attname = 'run_id' and not a.attisdropped)
    then 'run_id' else 'id' end);
end
$$;

comment on view public.ai_eval_run_summary_v1 is
  'One row an eval run: how many samples, the rates of the eval contract, and the 95th percentile of latency.';

do $$
declare
  relation text;
  outsider text;
  sample_sequence text := (
    select pg_get_serial_sequence('public.ai_eval_samples', a.attname)
    from pg_attribute a
    where a.attrelid = 'public.ai_eval_samples'::regclass and a.attname = 'id' and not a.attisdropped);
begin
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
end
$$;

commit;


-- 6  Evals: foreign key validated --------------------------------------------------------------------------

begin;
set local lock_timeout = '3s';

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

-- A plain build keeps writers out while it reads the table: fine for a small one, not for a big one. The build
-- that lets them in can't be pasted together with anything else.
do $$
declare
  small_enough constant bigint := 32 * 1024 * 1024;  -- bytes of the table itself: some 50 ms an index
  wanted record;
  to_paste text := '';
begin
  perform set_config('lock_timeout', '3s', true);
  for wanted in
    select w.name, w.definition, i.indexrelid is not null as present, coalesce(i.indisvalid, false) as valid
    from (values
      ('idx_ai_training_examples_provider_created', '(selected_provider, created_at desc)'),
      ('idx_ai_training_examples_route_created',    '(route_strategy, created_at desc)'),
      ('idx_ai_training_examples_request_id',       '(request_id) where request_id is not null')
    ) as w (name, definition)
    left join pg_index i on i.indexrelid = to_regclass('public.' || w.name)
  loop
    if wanted.present and wanted.valid then
      continue;
    end if;
    if pg_relation_size('public.ai_training_examples') <= small_enough then
      if wanted.present then
        execute format('drop index public.%I', wanted.name);  -- left invalid by a build that failed
      end if;
      execute format('create index %I on public.ai_training_examples %s', wanted.name, wanted.definition);
    else
      if wanted.present then
        to_paste := to_paste || format(E'drop index concurrently public.%I;\n', wanted.name);
      end if;
      to_paste := to_paste || format(E'create index concurrently %I on public.ai_training_examples %s;\n',
                                     wanted.name, wanted.definition);
    end if;
  end loop;

  if to_paste <> '' then
    raise exception using
      errcode = 'object_not_in_prerequisite_state',
      message = format('everything but the indexes is done: ai_training_examples is %s, too big to build them while '
                       'writers wait', pg_size_pretty(pg_relation_size('public.ai_training_examples'))),
      detail = to_paste,
      hint = 'Paste each of these statements alone, one after the other, then this file again: it then ends '
             'without an error.';
  end if;
end
$$;
