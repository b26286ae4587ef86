-- life:     "between" is written as two comparisons.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_timeout_ms_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_timeout_ms_check
  check (timeout_ms <= 180000 and timeout_ms >= 1000);
