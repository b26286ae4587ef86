-- life:     Row level security is forced on the owner, too.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs force row level security;
