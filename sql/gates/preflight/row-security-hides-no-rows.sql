-- title:    the role that asks these questions sees every row
-- prevents: gates that pass because row level security showed them an empty table
-- section:  -
-- checks:   -
-- severity: error
-- phase:    preflight
-- evidence: session, policies

with expected (name) as (
  values
    ('public.ai_training_examples'), ('public.ai_provider_configs'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples')
),
found as (
  select e.name
  from expected e
  where to_regclass(e.name) is not null
    and row_security_active(to_regclass(e.name))
    -- Unless a policy shows this role every row.
    and (
      not exists (
        select from pg_catalog.pg_policy p
        where p.polrelid = to_regclass(e.name) and p.polpermissive and p.polcmd in ('*', 'r')
          and pg_get_expr(p.polqual, p.polrelid) = 'true'
          and exists (
            select from unnest(p.polroles) as member (oid)
            where member.oid = 0 or pg_has_role(member.oid, 'USAGE')))
      or exists (
        select from pg_catalog.pg_policy p
        where p.polrelid = to_regclass(e.name) and not p.polpermissive and p.polcmd in ('*', 'r')))
)
select
  name as object,
  'found row level security in force for role ' || current_user || ', needed a role that sees every row'
    as detail,
  'connect as postgres, or give this role sight of the rows: create policy gates on ' || name
    || ' for select to ' || quote_ident(current_user) || ' using (true);' as remedy,
  'HOLD' as outcome
from found
order by object;
