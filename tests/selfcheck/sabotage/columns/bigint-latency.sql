-- life:     A type was widened by hand "to be safe", rewriting the table, and clients now get strings.
-- catches:  columns-match-contract, existing-columns-fit-the-release, target-matches-the-reference
-- object:   public.ai_training_examples.latency_ms
alter table public.ai_training_examples alter column latency_ms type bigint;
