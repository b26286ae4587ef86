-- After phase1.sql: a rollout that was pasted in pieces and stopped. Some columns are there without their
-- default, one check is there but was never validated, the routing table is there without its indexes.

alter table public.ai_training_examples add column request_id uuid;
alter table public.ai_training_examples add column selected_provider text;
alter table public.ai_training_examples add column route_strategy text;
alter table public.ai_training_examples add column fallback_used boolean;
alter table public.ai_training_examples
  add constraint ai_training_examples_selected_provider_check
  check (selected_provider is null or selected_provider in ('openai', 'custom')) not valid;

create table public.ai_provider_configs (
  id          bigint      generated always as identity primary key,
  provider    text        not null,
  environment text        not null default 'prod',
  enabled     boolean     not null default true,
  is_default  boolean     not null default false,
  weight      integer     not null default 100,
  timeout_ms  integer     not null default 45000,
  max_retries integer     not null default 1,
  created_at  timestamptz not null default timezone('utc', now()),
  updated_at  timestamptz not null default timezone('utc', now())
);

-- An operator has already moved traffic: nothing that is re-applied may put it back.
insert into public.ai_provider_configs (provider, environment, enabled, is_default, weight)
values ('custom', 'prod', true, true, 100);

create table public.ai_eval_runs (
  run_id     uuid        primary key,
  run_type   text        not null,
  status     text        not null default 'running',
  started_at timestamptz not null default now()
);
