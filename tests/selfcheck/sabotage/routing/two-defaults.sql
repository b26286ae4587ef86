-- life:     The unique index was dropped to get past an error, and now each server picks its own default.
-- catches:  indexes-match-contract, one-default-per-environment, overlay-rows-are-in-place,
--           target-matches-the-reference
-- warns:    routing-rows-are-unambiguous
-- object:   prod
drop index public.idx_ai_provider_configs_default_per_env;
update public.ai_provider_configs set is_default = true;
