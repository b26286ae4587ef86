-- life:     A check was added "not valid" for a short lock, and validated right after.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms between 0 and 300000) not valid;
alter table public.ai_training_examples validate constraint ai_training_examples_latency_ms_check;
