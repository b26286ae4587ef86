select system_identifier from pg_catalog.pg_control_system()
