-- life:     Somebody abbreviated "true", which PostgreSQL takes, and the database is read-only.
-- catches:  sessions-can-write
-- object:   postgres.default_transaction_read_only
do $$ begin
  execute format('alter database %I set default_transaction_read_only = t', current_database());
end $$;
