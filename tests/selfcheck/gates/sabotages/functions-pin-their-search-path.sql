-- case:     reads-routing
-- object:   public.default_provider(text)
-- severity: warning
create function public.default_provider(environment text) returns text language sql stable as $$
  select provider from ai_provider_configs c where c.environment = $1 and is_default
$$;

-- case:     with-the-rights-of-its-owner
-- object:   public.default_provider(text)
create function public.default_provider(environment text) returns text
language sql stable security definer as $$
  select provider from ai_provider_configs c where c.environment = $1 and is_default
$$;

-- case:     a-trigger-from-another-schema
-- object:   app.touch()
-- severity: warning
create schema app;
create function app.touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger touch before update on public.ai_provider_configs for each row execute function app.touch();
