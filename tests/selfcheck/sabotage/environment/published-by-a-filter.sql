-- life:     Only the rows of one provider were published: an update of any row is refused.
-- catches:  published-rows-can-be-updated
-- object:   public.ai_provider_configs
create publication one_provider for table public.ai_provider_configs where (provider = 'openai');
