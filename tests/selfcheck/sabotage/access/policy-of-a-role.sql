-- life:     A policy lets an app's role write routing, and no file of the release knows of it.
-- warns:    target-matches-the-reference
do $$ begin
  if not exists (select from pg_roles where rolname = 'gates_app') then
    create role gates_app;
  end if;
end $$;
create policy app on public.ai_provider_configs to gates_app using (true) with check (true);
