-- life:     A comparison in bigint means the same for integers.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms::bigint between 0::bigint and 300000::bigint);
