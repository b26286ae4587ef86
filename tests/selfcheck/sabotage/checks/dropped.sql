-- life:     A check that stood in the way of a backfill was dropped for the night, and never put back.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
