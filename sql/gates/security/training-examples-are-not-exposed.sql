-- title:    anon and authenticated don't reach the training examples
-- prevents: every prompt and every generated site of every user, read or changed with the public key
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples
-- evidence: grants, policies

-- A role reaches a row when it has a privilege, and row level security is off or a policy lets it through.
with granted as (
  select
    r.oid as role_oid,
    r.rolname as role,
    p.privilege,
    p.command,
    c.relrowsecurity as is_secured,
    r.rolbypassrls or r.rolsuper or (pg_has_role(r.oid, c.relowner, 'USAGE') and not c.relforcerowsecurity)
      as is_above_it
  from pg_catalog.pg_roles r
  join pg_catalog.pg_class c on c.oid = to_regclass('public.ai_training_examples')
  cross join (values
    ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd'), ('TRUNCATE', null)
  ) as p (privilege, command)
  where r.rolname in ('anon', 'authenticated')
    and case when p.privilege in ('DELETE', 'TRUNCATE') then has_table_privilege(r.oid, c.oid, p.privilege)
          else has_any_column_privilege(r.oid, c.oid, p.privilege) end
),
found as (
  select
    g.*,
    (
      select string_agg(quote_ident(l.polname), ', ' order by l.polname)
      from pg_catalog.pg_policy l
      where l.polrelid = to_regclass('public.ai_training_examples') and l.polpermissive
        and l.polcmd in ('*', g.command)
        and exists (
          select from unnest(l.polroles) as member (oid)
          where member.oid = 0 or pg_has_role(g.role_oid, member.oid, 'USAGE'))
    ) as policies
  from granted g
),
judged as (
  select *, not is_secured or is_above_it or policies is not null as is_effective
  from found
)
select
  'public.ai_training_examples to ' || role as object,
  'found ' || string_agg(privilege, ', ' order by privilege) || ' granted to ' || role
    || case
      when not is_effective then ', kept from every row by row level security alone'
      when not is_secured then ', and row level security off'
      when is_above_it then ', which row level security does not hold'
      else ', let through by policy ' || string_agg(distinct policies, ', ')
    end || '; needed no privilege' as detail,
  'revoke all on table public.ai_training_examples from ' || role || ';' as remedy,
  'FAIL' as outcome,
  case when is_effective then 'error' else 'warning' end as severity
from judged
group by role, is_effective, is_secured, is_above_it
order by object, severity;
