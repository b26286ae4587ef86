-- life:     Integers are bounded by the numbers beside the bounds.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check check (weight > -1);
alter table public.ai_provider_configs drop constraint ai_provider_configs_max_retries_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_max_retries_check
  check (max_retries > -1 and max_retries < 4);
