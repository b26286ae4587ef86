-- life:     The role that asks begins read-only by itself, which hides whether the whole server does.
-- warns:    sessions-can-write
-- object:   the server
set local default_transaction_read_only = on;
