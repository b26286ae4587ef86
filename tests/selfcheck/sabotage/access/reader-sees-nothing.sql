-- life:     The gates are asked with a role to which row level security shows an empty table.
-- catches:  environment-has-a-provider, no-grants-to-outsiders, one-default-per-environment,
--           overlay-rows-are-in-place, target-matches-the-reference
-- holds:    row-security-hides-no-rows
-- warns:    sequences-are-ahead, training-examples-are-not-exposed
-- object:   public.ai_provider_configs
-- as:       authenticated
grant select on all tables in schema public to authenticated;
