-- life:     Each run of the file adds a row to a log.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           release-applies-again-without-a-trace
-- topology: prod
create table if not exists public.ai_rollout_log (at timestamptz not null default clock_timestamp());
alter table public.ai_rollout_log enable row level security;
insert into public.ai_rollout_log default values;
