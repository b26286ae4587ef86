-- life:     An internal view is granted to the service alone.
create view public.internal as select * from public.ai_training_examples;
revoke all on public.internal from anon, authenticated;
grant select on public.internal to service_role;
