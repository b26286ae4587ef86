-- life:     A canary is started by moving weight, until the default has none left.
-- catches:  default-is-enabled-with-weight
-- object:   prod/openai
update public.ai_provider_configs set weight = 0 where is_default;
