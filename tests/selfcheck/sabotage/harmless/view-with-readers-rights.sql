-- life:     A view with its reader's rights is granted to logged-in users.
create view public.own with (security_invoker = yes) as select id from public.ai_training_examples;
grant select on public.own to authenticated;
