-- title:    who may do what
-- section:  -

select
  c.relname as relation,
  case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end as grantee,
  string_agg(acl.privilege_type, ', ' order by acl.privilege_type) as privileges
from pg_catalog.pg_class c
cross join lateral aclexplode(
  coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) acl
where c.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_provider_configs_superseded'), to_regclass('public.ai_eval_runs'),
    to_regclass('public.ai_eval_samples'), to_regclass('public.ai_eval_run_summary_v1'))
  or (c.relkind = 'S' and c.relnamespace = to_regnamespace('public') and c.relname ~ '^ai_(provider|eval)_')
group by relation, acl.grantee
order by relation, grantee
limit 200;
