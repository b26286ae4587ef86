-- life:     A harmless view is read by another one that isn't.
-- catches:  views-are-security-invoker
-- object:   public.second
create view public.first with (security_invoker = true) as select prompt from public.ai_training_examples;
create view public.second as select * from public.first;
grant select on public.second to public;
