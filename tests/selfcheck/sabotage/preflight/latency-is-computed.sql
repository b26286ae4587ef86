-- life:     A latency column is there already, and computes something else.
-- catches:  existing-columns-fit-the-release
-- object:   public.ai_training_examples.latency_ms
-- start:    before clean
alter table public.ai_training_examples
  add column latency_ms integer generated always as (length(prompt)) stored;
