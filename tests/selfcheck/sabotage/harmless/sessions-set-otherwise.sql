-- life:     A reader whose sessions are read-only, a writer who overrules the database, and a time zone.
create role careful_reader login;
alter role careful_reader set default_transaction_read_only = on;
alter role service_role set default_transaction_read_only = on;  -- it can't log in
alter role postgres set default_transaction_read_only = off;
do $$ begin
  execute format('alter database %I set default_transaction_read_only = on', current_database());
  execute format('alter database %I set timezone = %L', current_database(), 'Asia/Kolkata');
end $$;
