-- life:     latency_ms is there already, with -1 for "unknown" as its default, which the release's check refuses.
-- catches:  gates-pass-on-the-clone, telemetry-rows-fit-the-checks
-- start:    before clean
-- asks:     clone
alter table public.ai_training_examples add column latency_ms integer default -1;
