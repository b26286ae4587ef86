-- Whether row level security hides rows from who asks: it is in force, and no policy shows every row.

select
  row_security_active(to_regclass({name}))
  and (
    not exists (
      select from pg_catalog.pg_policy p
      where p.polrelid = to_regclass({name})
        and p.polpermissive
        and p.polcmd in ('*', 'r')
        and pg_get_expr(p.polqual, p.polrelid) = 'true'
        and exists (
          select from unnest(p.polroles) as member (oid)
          where member.oid = 0 or pg_has_role(member.oid, 'USAGE')))
    or exists (
      select from pg_catalog.pg_policy p
      where p.polrelid = to_regclass({name})
        and not p.polpermissive
        and p.polcmd in ('*', 'r')))
