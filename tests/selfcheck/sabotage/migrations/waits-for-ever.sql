-- life:     A later transaction forgot its lock_timeout: it queues behind a report that runs for an hour, and
--           all writers behind it.
-- catches:  rollout-gives-up-waiting
-- topology: prod
begin;
set local lock_timeout = '3s';
comment on column public.ai_training_examples.latency_ms is 'Milliseconds.';
commit;

begin;
alter table public.ai_training_examples add column if not exists note text;
commit;
