-- life:     The gates are asked with a role that may only read, and sees every row by policies.
-- start:    traffic
-- as:       gates_reader
do $$ begin
  if not exists (select from pg_roles where rolname = 'gates_reader') then
    create role gates_reader;
  end if;
end $$;
grant usage on schema public to gates_reader;
grant select on all tables in schema public to gates_reader;
grant select on all sequences in schema public to gates_reader;
create policy gates on public.ai_training_examples for select to gates_reader using (true);
create policy gates on public.ai_provider_configs for select to gates_reader using (true);
create policy gates on public.ai_eval_runs for select to gates_reader using (true);
create policy gates on public.ai_eval_samples for select to gates_reader using (true);
