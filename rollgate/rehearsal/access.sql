-- The backend that answers, and whether this role may read Supabase's history of migrations: null where there
-- is none.

select
  pg_backend_pid() as backend,
  case
    when to_regnamespace('supabase_migrations') is null then null
    when not has_schema_privilege('supabase_migrations', 'usage') then false
    else has_table_privilege(to_regclass('supabase_migrations.schema_migrations'), 'select')
  end as history_readable
