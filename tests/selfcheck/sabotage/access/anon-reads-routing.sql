-- life:     A grant for a demo page lets anybody on the internet read the routing.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_provider_configs to anon
grant select on public.ai_provider_configs to anon;
