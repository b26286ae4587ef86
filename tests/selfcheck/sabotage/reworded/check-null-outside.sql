-- life:     The null is allowed outside of the bounds' brackets.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check ((latency_ms >= 0 and latency_ms <= 300000) or latency_ms is null);
