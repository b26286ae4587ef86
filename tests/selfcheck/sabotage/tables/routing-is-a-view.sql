-- life:     The table was renamed for a refactoring, and a view put in its place "for compatibility".
-- catches:  checks-match-contract, columns-match-contract, indexes-match-contract, keys-match-contract,
--           release-names-are-free, row-level-security-is-on, service-role-can-work, tables-exist,
--           target-matches-the-reference
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs rename to configs;
create view public.ai_provider_configs as select * from public.configs;
