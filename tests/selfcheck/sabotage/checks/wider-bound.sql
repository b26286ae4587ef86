-- life:     A zero too many in the ceiling: 50 minutes count as a latency.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms between 0 and 3000000);
