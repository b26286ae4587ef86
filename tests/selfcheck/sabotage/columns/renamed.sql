-- life:     A column was renamed to what the code calls it.
-- catches:  checks-match-contract, columns-match-contract, target-matches-the-reference
-- holds:    default-is-enabled-with-weight, environment-has-a-provider, one-default-per-environment,
--           overlay-rows-are-in-place
-- object:   public.ai_provider_configs.timeout_ms
alter table public.ai_provider_configs rename column timeout_ms to timeout;
