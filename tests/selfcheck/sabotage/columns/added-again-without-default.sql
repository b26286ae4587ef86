-- life:     A column was dropped and added again for a backfill, without its default and "not null".
-- catches:  checks-match-contract, columns-match-contract, target-matches-the-reference
-- object:   public.ai_provider_configs.timeout_ms
alter table public.ai_provider_configs drop column timeout_ms;
alter table public.ai_provider_configs add column timeout_ms integer;
update public.ai_provider_configs set timeout_ms = case provider when 'openai' then 45000 else 60000 end;
