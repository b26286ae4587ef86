-- life:     The routing table got a natural key, and what updates a row by its id finds no index.
-- catches:  keys-match-contract, target-matches-the-reference
-- warns:    no-duplicate-indexes
-- object:   public.ai_provider_configs.ai_provider_configs_pkey
alter table public.ai_provider_configs drop constraint ai_provider_configs_pkey;
alter table public.ai_provider_configs add constraint ai_provider_configs_pkey
  primary key (provider, environment);
