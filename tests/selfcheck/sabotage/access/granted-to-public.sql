-- life:     "grant all to public" was the quick answer to a permission error of the runtime.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_provider_configs to public
grant all on public.ai_provider_configs to public;
