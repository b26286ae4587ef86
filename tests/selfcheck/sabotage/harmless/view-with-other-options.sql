-- life:     A view of one's own runs has all the options there are.
create view public.mine with (check_option = local, security_barrier, security_invoker) as
select * from public.ai_eval_runs where triggered_by = current_user;
grant select on public.mine to authenticated;
