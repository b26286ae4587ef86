-- life:     A weight of -1 stood for "off" in the older table.
-- catches:  routing-rows-fit-the-checks
-- object:   public.ai_provider_configs id 1 weight
-- start:    before narrow-configs
update public.ai_provider_configs set weight = -1 where id = 1;
