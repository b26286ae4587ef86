-- life:     A function reads routing through whatever search_path its caller has.
-- warns:    functions-pin-their-search-path
-- object:   public.default_provider(text)
create function public.default_provider(environment text) returns text language sql stable as $$
  select provider from ai_provider_configs c where c.environment = $1 and is_default
$$;
