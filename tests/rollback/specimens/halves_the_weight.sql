-- life:     Lowers custom's weight again with every run.
-- step:     lower-custom-weight
update public.ai_provider_configs
set weight = weight / 2, updated_at = now()
where provider = 'custom' and environment in ('staging', 'prod');
