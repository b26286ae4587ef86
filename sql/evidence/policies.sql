-- title:    row level security and its policies
-- section:  -

select
  c.relname as table_name,
  c.relrowsecurity as row_security,
  p.polname as policy,
  case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
    when '*' then 'all' end as command,
  array(
    select case member.oid when 0 then 'public' else pg_get_userbyid(member.oid)::text end
    from unnest(p.polroles) as member (oid)) as roles,
  pg_get_expr(p.polqual, p.polrelid) as reads,
  pg_get_expr(p.polwithcheck, p.polrelid) as writes
from pg_catalog.pg_class c
left join pg_catalog.pg_policy p on p.polrelid = c.oid
where c.oid in (
  to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
  to_regclass('public.ai_provider_configs_superseded'), to_regclass('public.ai_eval_runs'),
  to_regclass('public.ai_eval_samples'))
order by table_name, policy
limit 200;
