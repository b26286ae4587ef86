-- The base migration as one writes it without thinking of who else is there: one paste, one transaction.

begin;

create table public.ai_provider_configs (
  id                      bigint      generated always as identity primary key,
  provider                text        not null check (provider in ('openai', 'custom')),
  environment             text        not null default 'prod' check (environment in ('prod', 'staging', 'dev')),
  enabled                 boolean     not null default true,
  is_default              boolean     not null default false,
  weight                  integer     not null default 100 check (weight >= 0),
  timeout_ms              integer     not null default 45000 check (timeout_ms between 1000 and 180000),
  max_retries             integer     not null default 1 check (max_retries between 0 and 3),
  model                   text,
  prompt_template_version text        not null default 'v1',
  metadata                jsonb       not null default '{}',
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now()
);
create unique index on public.ai_provider_configs (provider, environment);
create unique index on public.ai_provider_configs (environment) where is_default;
create index on public.ai_provider_configs (environment, enabled, weight desc);

alter table public.ai_training_examples
  add column request_id uuid,
  add column requested_provider text check (requested_provider in ('openai', 'custom')),
  add column selected_provider text check (selected_provider in ('openai', 'custom')),
  add column route_strategy text not null default 'single_provider'
    check (route_strategy in ('single_provider', 'weighted', 'fallback')),
  add column fallback_provider text check (fallback_provider in ('openai', 'custom')),
  add column fallback_used boolean not null default false,
  add column latency_ms integer check (latency_ms between 0 and 300000),
  add column prompt_template_version text not null default 'v1';
create index on public.ai_training_examples (selected_provider, created_at desc);
create index on public.ai_training_examples (route_strategy, created_at desc);
create index on public.ai_training_examples (request_id) where request_id is not null;

create table public.ai_eval_runs (
  run_id uuid primary key, run_type text not null, triggered_by text, commit_sha text, dataset_ref text,
  thresholds jsonb not null default '{}', status text not null default 'running',
  started_at timestamptz not null default now(), finished_at timestamptz, metadata jsonb not null default '{}'
);
create table public.ai_eval_samples (
  id bigint generated always as identity primary key,
  run_id uuid not null references public.ai_eval_runs on delete cascade,
  training_example_id uuid references public.ai_training_examples on delete set null,
  request_id uuid, requested_provider text, selected_provider text, route_strategy text,
  fallback_used boolean not null default false, latency_ms integer,
  schema_valid boolean not null, patch_apply_success boolean not null, edited_after_generate boolean not null,
  published_within_7d boolean not null, safety_html_tailwind_compliant boolean not null,
  created_at timestamptz not null default now(), metadata jsonb not null default '{}'
);
create index on public.ai_eval_runs (status, started_at desc);
create index on public.ai_eval_samples (run_id);
create index on public.ai_eval_samples (run_id, selected_provider);

insert into public.ai_provider_configs (provider, is_default, weight, timeout_ms, max_retries)
values ('openai', true, 100, 45000, 1), ('custom', false, 10, 60000, 0);

commit;
