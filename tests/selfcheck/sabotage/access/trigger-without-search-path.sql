-- life:     A trigger of the app's schema stamps updated_at, with a search_path that isn't pinned.
-- warns:    functions-pin-their-search-path, target-matches-the-reference
-- object:   app.touch()
create schema app;
create function app.touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger touch before update on public.ai_provider_configs for each row execute function app.touch();
