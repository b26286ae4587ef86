-- life:     The word "none" was written where nothing fell back.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.fallback_provider
-- start:    before clean
alter table public.ai_training_examples add column fallback_provider text default 'none';
