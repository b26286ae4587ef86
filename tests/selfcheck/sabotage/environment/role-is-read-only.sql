-- life:     Somebody made their own role read-only for a careful look, and it is the one that rolls back.
-- catches:  sessions-can-write
-- object:   postgres.default_transaction_read_only
alter role postgres set default_transaction_read_only = 'true';
