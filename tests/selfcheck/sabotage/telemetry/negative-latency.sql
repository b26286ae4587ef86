-- life:     Latency was measured with a clock that went backwards, and is negative.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.latency_ms
-- start:    before clean
alter table public.ai_training_examples add column latency_ms integer default -1;
