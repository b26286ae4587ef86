-- life:     A trigger keeps anybody from switching a provider off, and the rollback with them.
-- catches:  rollback-works-on-the-clone
-- start:    before half-applied
-- asks:     clone
create function public.keeps_serving() returns trigger language plpgsql set search_path = '' as $$
begin
  if old.enabled and not new.enabled then
    raise exception 'a provider is never switched off';
  end if;
  return new;
end
$$;
create trigger keeps_serving before update on public.ai_provider_configs
for each row execute function public.keeps_serving();
