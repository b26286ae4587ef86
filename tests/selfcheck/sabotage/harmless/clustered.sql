-- life:     The routing table is rewritten in the order of its key.
cluster public.ai_provider_configs using ai_provider_configs_pkey;
