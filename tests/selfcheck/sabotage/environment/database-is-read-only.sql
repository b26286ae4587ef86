-- life:     The disk was nearly full, the platform made the database read-only, and the rollback is refused.
-- catches:  sessions-can-write
-- object:   postgres.default_transaction_read_only
do $$ begin
  execute format('alter database %I set default_transaction_read_only = on', current_database());
end $$;
