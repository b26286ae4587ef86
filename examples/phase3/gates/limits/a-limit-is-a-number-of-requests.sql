-- title:    a daily limit is a whole number above zero, and the database refuses any other
-- prevents: a limit of 0 that takes a provider out, where somebody meant "no limit"
-- section:  1.4, 2.4
-- checks:   RG-1
-- severity: error
-- phase:    verify
-- requires: public.ai_provider_configs
-- evidence: daily-limits

select
  'ai_provider_configs_daily_limit_check' as object,
  'found no such check that is proven, needed (daily_limit > 0)' as detail,
  'paste the migration of Phase 3 again' as remedy
where not exists (
  select from pg_constraint
  where conrelid = 'public.ai_provider_configs'::regclass
    and contype = 'c' and convalidated
    and pg_get_constraintdef(oid) = 'CHECK ((daily_limit > 0))'
)
