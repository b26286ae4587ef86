-- life:     Row level security was switched off to find out why a query returns nothing.
-- catches:  row-level-security-is-on, target-matches-the-reference
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs disable row level security;
