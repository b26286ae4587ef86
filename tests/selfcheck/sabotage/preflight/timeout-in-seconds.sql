-- life:     A time-out was entered in seconds and is taken for milliseconds.
-- catches:  routing-rows-fit-the-checks
-- object:   public.ai_provider_configs id 1 timeout_ms
-- start:    before half-applied
update public.ai_provider_configs set timeout_ms = 999;
