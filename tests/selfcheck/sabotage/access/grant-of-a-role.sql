-- life:     An app's role was granted writes on the routing table.
-- warns:    target-matches-the-reference
do $$ begin
  if not exists (select from pg_roles where rolname = 'gates_app') then
    create role gates_app;
  end if;
end $$;
grant update on public.ai_provider_configs to gates_app;
