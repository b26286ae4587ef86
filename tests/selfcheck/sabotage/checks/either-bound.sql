-- life:     "or" between floor and ceiling lets every latency through.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms >= 0 or latency_ms <= 300000);
