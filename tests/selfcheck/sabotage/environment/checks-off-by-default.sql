-- life:     A bulk load needed its foreign keys off, and they were switched off for the whole database.
-- catches:  sessions-can-write
-- object:   postgres.session_replication_role
do $$ begin
  execute format('alter database %I set session_replication_role = replica', current_database());
end $$;
