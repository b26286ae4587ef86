-- After phase1.sql: a routing table from before the contract. It has fewer columns, no unique index, the
-- same provider twice in one environment, and two defaults.

create table public.ai_provider_configs (
  id          bigserial   primary key,
  provider    text        not null,
  environment text        not null default 'prod',
  enabled     boolean     not null default true,
  is_default  boolean     not null default false,
  weight      integer,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz
);

insert into public.ai_provider_configs
  (provider, environment, enabled, is_default, weight, created_at, updated_at)
values
  ('openai', 'prod',    true,  true,  70,   '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z'),
  ('openai', 'prod',    true,  true,  80,   '2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z'),  -- the newest
  ('openai', 'prod',    false, false, 90,   '2026-01-03T00:00:00Z', null),
  ('custom', 'prod',    true,  true,  20,   '2026-01-01T00:00:00Z', '2026-01-07T00:00:00Z'),  -- second default
  ('custom', 'staging', true,  false, null, '2026-01-01T00:00:00Z', null),
  ('custom', 'staging', true,  true,  15,   '2026-01-04T00:00:00Z', null);                     -- the newest
