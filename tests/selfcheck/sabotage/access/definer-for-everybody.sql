-- life:     A helper with its owner's rights reads prompts, and REST lets anybody call it.
-- warns:    definer-functions-keep-outsiders-out
-- object:   public.prompts()
create function public.prompts() returns setof text language sql security definer set search_path = '' as $$
  select prompt from public.ai_training_examples
$$;
