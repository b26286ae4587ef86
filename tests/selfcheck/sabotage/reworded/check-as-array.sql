-- life:     A migration tool writes "in" as "= any (array[...])", in its own order.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = any (array['custom', 'openai']));
