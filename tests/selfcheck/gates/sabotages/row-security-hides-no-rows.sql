-- case:     asked-as-a-role-that-sees-nothing
-- object:   public.ai_provider_configs
-- outcome:  HOLD
grant select on all tables in schema public to authenticated;
do $$ begin execute format('alter database %I set role to authenticated', current_database()); end $$;

-- case:     asked-as-a-role-that-sees-some
-- object:   public.ai_training_examples
-- start:    before clean
-- outcome:  HOLD
grant select on public.ai_training_examples to authenticated;
create policy own on public.ai_training_examples for select to authenticated using (user_id is null);
do $$ begin execute format('alter database %I set role to authenticated', current_database()); end $$;
