-- life:     A rule keeps routing as it is: an update succeeds, changes nothing, and says so to nobody.
-- warns:    target-matches-the-reference
-- object:   rule public.ai_provider_configs.keep
create rule keep as on update to public.ai_provider_configs do instead nothing;
