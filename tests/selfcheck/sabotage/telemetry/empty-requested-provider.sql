-- life:     An empty string was written where no provider was asked for.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.requested_provider
-- start:    before clean
alter table public.ai_training_examples add column requested_provider text default '';
