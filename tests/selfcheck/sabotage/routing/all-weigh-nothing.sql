-- life:     Weights are set to zero "for a moment", and no provider can be picked.
-- catches:  default-is-enabled-with-weight, environment-has-a-provider
-- object:   prod
update public.ai_provider_configs set weight = 0;
