-- The state every rollout starts from: Phase 1 of a Supabase project, one table of training examples.

begin;

grant usage on schema public to anon, authenticated, service_role;

create table public.ai_training_examples (
  id                uuid        primary key default gen_random_uuid(),
  user_id           uuid,
  site_id           uuid,
  source            text        not null
    constraint ai_training_examples_source_check
    check (source in ('generation', 'generation_cached', 'patch', 'save', 'publish')),
  prompt_hash       text,
  prompt            text,
  provider          text,
  model             text,
  generation_params jsonb,
  input_site_json   jsonb
    constraint ai_training_examples_input_site_json_object_check
    check (input_site_json is null or jsonb_typeof(input_site_json) = 'object'),
  output_site_json  jsonb       not null
    constraint ai_training_examples_output_site_json_object_check
    check (jsonb_typeof(output_site_json) = 'object'),
  patch_operations  jsonb,
  metadata          jsonb       not null default '{}'::jsonb,
  created_at        timestamptz not null default now(),

  constraint ai_training_examples_generation_contract_check check (
    source not in ('generation', 'generation_cached')
    or (prompt is not null and provider in ('openai', 'custom') and patch_operations is null)
  ),
  constraint ai_training_examples_patch_contract_check check (
    source <> 'patch'
    or (
      input_site_json is not null
      and coalesce(jsonb_typeof(patch_operations) = 'array', false)
      and metadata ?& array['attemptedOps', 'appliedOps', 'applyErrors']
    )
  ),
  constraint ai_training_examples_outcome_contract_check check (
    source not in ('save', 'publish')
    or (site_id is not null and metadata ? 'capturedAt')
  )
);

create index idx_ai_training_examples_source_created
  on public.ai_training_examples (source, created_at desc);

alter table public.ai_training_examples enable row level security;
grant select, insert, update, delete on public.ai_training_examples to service_role;

-- What the runtime wrote before Phase 2: it knows nothing of routing yet.
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, model, output_site_json, metadata, created_at)
select
  'generation', md5(n::text), 'a site for case ' || n, 'openai', 'model-1', jsonb_build_object('pages', n),
  jsonb_build_object('schemaValid', true, 'latencyMs', 900 + n, 'contractVersion', 'v1'),
  now() - make_interval(days => 2, mins => n)
from generate_series(1, 20) as n;

insert into public.ai_training_examples
  (source, input_site_json, output_site_json, patch_operations, metadata, created_at)
values
  ('patch', '{"pages": 1}', '{"pages": 2}', '[{"op": "add"}]',
   '{"attemptedOps": 1, "appliedOps": 1, "applyErrors": []}', now() - interval '2 days');

insert into public.ai_training_examples (source, site_id, output_site_json, metadata, created_at)
values
  ('publish', gen_random_uuid(), '{"pages": 2}', '{"capturedAt": "2026-02-01T00:00:00Z"}',
   now() - interval '2 days');

commit;
