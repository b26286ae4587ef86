-- life:     The values carry casts that change nothing.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider::text in ('openai'::varchar, 'custom'::varchar));
