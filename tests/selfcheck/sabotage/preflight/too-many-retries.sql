-- life:     Four retries were set while a provider was flaky.
-- catches:  routing-rows-fit-the-checks
-- object:   public.ai_provider_configs id 1 max_retries
-- start:    before half-applied
update public.ai_provider_configs set max_retries = 4;
