-- life:     A helper with its owner's rights is granted to every user who is logged in.
-- warns:    definer-functions-keep-outsiders-out
-- object:   public.prompts()
create function public.prompts() returns setof text language sql security definer
begin atomic
  select prompt from public.ai_training_examples;
end;
revoke execute on function public.prompts() from public;
grant execute on function public.prompts() to authenticated;
