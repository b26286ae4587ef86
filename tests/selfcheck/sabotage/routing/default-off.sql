-- life:     Somebody switches a provider off in the table editor and doesn't see that it is the default.
-- catches:  default-is-enabled-with-weight, overlay-rows-are-in-place
-- object:   prod/openai
update public.ai_provider_configs set enabled = false where is_default;
