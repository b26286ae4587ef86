-- life:     The identity was dropped when rows were copied by hand, and new rows have no id.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.id
alter table public.ai_provider_configs alter column id drop identity;
