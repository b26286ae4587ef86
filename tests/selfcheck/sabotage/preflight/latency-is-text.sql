-- life:     An earlier experiment left latency_ms as text, and "add column if not exists" would keep it.
-- catches:  existing-columns-fit-the-release, telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.latency_ms
-- start:    before half-applied
alter table public.ai_training_examples add column latency_ms text;
