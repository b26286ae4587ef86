-- life:     A latency check keeps its floor and loses its ceiling when somebody rewrites it.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms >= 0);
