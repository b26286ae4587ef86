-- life:     The routing table was dropped on the wrong tab.
-- catches:  checks-match-contract, columns-match-contract, default-is-enabled-with-weight,
--           environment-has-a-provider, indexes-match-contract, keys-match-contract, no-grants-to-outsiders,
--           no-policies-open-to-everyone, one-default-per-environment, overlay-rows-are-in-place,
--           row-level-security-is-on, sequences-are-ahead, service-role-can-work, tables-exist,
--           target-matches-the-reference, timestamp-defaults-are-instants
-- object:   public.ai_provider_configs
drop table public.ai_provider_configs;
