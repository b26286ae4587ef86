-- title:    no policy lets anon, authenticated or everybody at what the release adds
-- prevents: one grant, made later for another reason, that opens routing or eval results to the public key
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs, public.ai_eval_runs, public.ai_eval_samples
-- evidence: policies

with expected (name) as (
  values
    ('public.ai_provider_configs'), ('public.ai_provider_configs_superseded'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples')
),
found as (
  select
    e.name,
    l.polname as policy,
    array_to_string(array(
      select case member.oid when 0 then 'public' else pg_get_userbyid(member.oid)::text end
      from unnest(l.polroles) as member (oid)
      where member.oid = 0 or pg_get_userbyid(member.oid) in ('anon', 'authenticated')
      order by 1
    ), ', ') as roles,
    pg_get_expr(l.polqual, l.polrelid) as reads,
    pg_get_expr(l.polwithcheck, l.polrelid) as writes
  from expected e
  join pg_catalog.pg_policy l on l.polrelid = to_regclass(e.name) and l.polpermissive
)
select
  name || '.' || policy as object,
  'found a policy for ' || roles || coalesce(' using (' || reads || ')', '')
    || coalesce(' with check (' || writes || ')', '') || ', needed none' as detail,
  'drop policy ' || quote_ident(policy) || ' on ' || name || ';' as remedy,
  'FAIL' as outcome,
  -- A condition may still keep these roles out, as auth.role() = 'service_role' does.
  case when 'true' in (reads, writes) then 'error' else 'warning' end as severity
from found
where roles <> ''
order by object;
