-- life:     A document was copied with "open ai" in two words, into the check and into the rows.
-- catches:  checks-match-contract, overlay-rows-are-in-place, routing-rows-fit-the-checks,
--           target-matches-the-reference
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
update public.ai_provider_configs set provider = 'open ai' where provider = 'openai';
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider in ('open ai', 'custom'));
