-- life:     The older routing table has rows without a weight, which get the default.
-- start:    before narrow-configs
update public.ai_provider_configs set weight = null, is_default = false where id = 3;
