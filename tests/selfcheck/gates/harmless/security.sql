-- case:     a-policy-for-the-service
create policy service on public.ai_provider_configs to service_role using (true) with check (true);

-- case:     a-policy-that-restricts
create policy nobody on public.ai_eval_runs as restrictive to anon using (false);

-- case:     forced-row-security
alter table public.ai_provider_configs force row level security;

-- case:     invoker-written-as-one
alter view public.ai_eval_run_summary_v1 set (security_invoker = 1);

-- case:     a-view-for-the-service
create view public.internal as select * from public.ai_training_examples;
revoke all on public.internal from anon, authenticated;
grant select on public.internal to service_role;

-- case:     a-view-with-the-readers-rights
create view public.own with (security_invoker = yes) as select id from public.ai_training_examples;
grant select on public.own to authenticated;

-- case:     a-view-with-other-options
create view public.mine with (check_option = local, security_barrier, security_invoker) as
select * from public.ai_eval_runs where triggered_by = current_user;
grant select on public.mine to authenticated;

-- case:     functions-that-pin-it
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

-- case:     functions-of-other-matters
create function public.add(a integer, b integer) returns integer language sql as 'select a + b';
create function public.bound() returns bigint begin atomic select count(*) from public.ai_eval_runs; end;

-- case:     a-policy-for-nobody-who-has-a-grant
create policy own on public.ai_training_examples for select to authenticated using (user_id is not null);

-- case:     a-foreign-key-behind-a-wider-index
drop index public.idx_ai_eval_samples_training_example_id;
create index on public.ai_eval_samples (training_example_id, created_at);

-- case:     asked-as-a-role-that-only-reads
-- start:    traffic
do $$ begin
  if not exists (select from pg_roles where rolname = 'gates_reader') then
    create role gates_reader;
  end if;
  execute format('alter database %I set role to gates_reader', current_database());
end $$;
grant usage on schema public to gates_reader;
grant select on all tables in schema public to gates_reader;
create policy gates on public.ai_training_examples for select to gates_reader using (true);
create policy gates on public.ai_provider_configs for select to gates_reader using (true);
create policy gates on public.ai_eval_runs for select to gates_reader using (true);
create policy gates on public.ai_eval_samples for select to gates_reader using (true);
