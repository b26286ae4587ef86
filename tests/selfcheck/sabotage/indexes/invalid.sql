-- life:     A concurrent build failed and left its index invalid: it costs every write and serves no read.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_provider_configs_default_per_env
update pg_catalog.pg_index set indisvalid = false
where indexrelid = 'public.idx_ai_provider_configs_default_per_env'::regclass;
