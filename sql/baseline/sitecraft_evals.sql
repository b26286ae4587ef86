-- After phase1.sql: an older product database that already keeps eval runs, in the `sitecraft` layout.

create table public.ai_eval_runs (
  id                 uuid        primary key,
  run_type           text        not null check (run_type in ('offline', 'online_shadow', 'canary')),
  status             text        not null default 'running' check (status in ('running', 'completed', 'failed')),
  dataset_ref        text,
  provider           text,
  model              text,
  prompt_set_version text,
  metrics            jsonb       not null default '{}'::jsonb,
  metadata           jsonb       not null default '{}'::jsonb,
  started_at         timestamptz not null default timezone('utc', now()),
  completed_at       timestamptz
);

create table public.ai_eval_samples (
  run_id                         uuid        not null references public.ai_eval_runs (id) on delete cascade,
  sample_key                     text        not null,
  prompt_hash                    text,
  provider                       text,
  model                          text,
  schema_valid                   boolean     not null,
  patch_apply_success            boolean     not null,
  edited_after_generate          boolean     not null,
  published_within_7d            boolean     not null,
  safety_html_tailwind_compliant boolean     not null,
  latency_ms                     integer,
  metadata                       jsonb       not null default '{}'::jsonb,
  created_at                     timestamptz not null default timezone('utc', now()),
  unique (run_id, sample_key)
);

-- A run from before the rollout. Its routing facts are in `metadata`, as that layout has them.
insert into public.ai_eval_runs (id, run_type, status, dataset_ref, started_at, completed_at)
values ('018d0000-0000-7000-8000-000000000001', 'online_shadow', 'completed', 'before-phase-2',
        '2026-01-10T00:00:00Z', '2026-01-10T00:05:00Z');

insert into public.ai_eval_samples
  (run_id, sample_key, provider, schema_valid, patch_apply_success, edited_after_generate,
   published_within_7d, safety_html_tailwind_compliant, latency_ms, metadata)
select
  '018d0000-0000-7000-8000-000000000001', 'sample-' || n, 'openai', true, true, n % 2 = 0, n % 3 = 0, true,
  500 + n,
  jsonb_build_object(
    'recordId', n::text,
    'requestId', case when n = 1 then 'not-a-uuid' else gen_random_uuid()::text end,
    'requestedProvider', 'openai',
    'selectedProvider', case when n % 5 = 0 then 'custom' else 'openai' end,
    'routeStrategy', 'fallback',
    'fallbackUsed', n % 5 = 0)
from generate_series(1, 40) as n;
