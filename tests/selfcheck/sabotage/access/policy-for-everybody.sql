-- life:     The table editor's template "enable read access for everyone" was clicked.
-- catches:  no-policies-open-to-everyone, target-matches-the-reference
-- object:   public.ai_provider_configs.readable
create policy readable on public.ai_provider_configs for select using (true);
