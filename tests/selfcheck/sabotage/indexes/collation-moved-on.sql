-- life:     The system below the server was upgraded, and sorts texts in another order than the indexes.
-- warns:    collations-are-current
update pg_catalog.pg_database set datcollversion = '2.28' where datname = current_database();
