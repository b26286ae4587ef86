-- life:     The bounds stand before the column.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_max_retries_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_max_retries_check
  check (0 <= max_retries and 3 >= max_retries);
