-- life:     A check was dropped to get a row in, and added again without validating it.
-- catches:  no-constraint-violations
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
update public.ai_training_examples set latency_ms = -1
where created_at = now() - interval '5 hours';
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms is null or latency_ms between 0 and 300000) not valid;
