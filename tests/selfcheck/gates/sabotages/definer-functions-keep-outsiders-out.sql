-- case:     everybody-calls-it
-- object:   public.prompts()
-- severity: warning
create function public.prompts() returns setof text language sql security definer set search_path = '' as $$
  select prompt from public.ai_training_examples
$$;

-- case:     authenticated-calls-it
-- object:   public.prompts()
-- severity: warning
create function public.prompts() returns setof text language sql security definer
begin atomic
  select prompt from public.ai_training_examples;
end;
revoke execute on function public.prompts() from public;
grant execute on function public.prompts() to authenticated;
