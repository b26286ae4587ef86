-- life:     A request that hung for six minutes was recorded with its whole latency.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.latency_ms
-- start:    before clean
alter table public.ai_training_examples add column latency_ms integer default 300001;
