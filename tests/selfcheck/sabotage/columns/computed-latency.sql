-- life:     The latency was replaced by a generated column, and every insert that names it fails.
-- catches:  checks-match-contract, columns-match-contract, existing-columns-fit-the-release,
--           target-matches-the-reference
-- object:   public.ai_training_examples.latency_ms
alter table public.ai_training_examples drop column latency_ms;
alter table public.ai_training_examples add column latency_ms integer generated always as (1) stored;
