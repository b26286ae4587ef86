-- life:     A column was dropped by mistake and added again: it has its type, and its check is gone.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop column latency_ms;
alter table public.ai_training_examples add column latency_ms integer;
