-- life:     A function and a trigger pin their search_path.
-- warns:    target-matches-the-reference
create function public.pick(text) returns text language sql security definer set search_path = '' as $$
  select provider from public.ai_provider_configs where environment = $1 and is_default
$$;
revoke execute on function public.pick(text) from public;
create function public.touch() returns trigger language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger touch before update on public.ai_provider_configs for each row execute function public.touch();
