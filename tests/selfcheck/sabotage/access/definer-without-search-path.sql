-- life:     A function with its owner's rights and an open search_path runs what a caller puts in its way.
-- catches:  functions-pin-their-search-path
-- warns:    definer-functions-keep-outsiders-out
-- object:   public.default_provider(text)
create function public.default_provider(environment text) returns text
language sql stable security definer as $$
  select provider from ai_provider_configs c where c.environment = $1 and is_default
$$;
