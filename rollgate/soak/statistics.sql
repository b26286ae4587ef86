-- Weak evidence, for a reader: how many transactions were rolled back, of any cause, since when.
select
  d.xact_commit, d.xact_rollback, d.deadlocks, d.stats_reset as counted_since,
  t.n_tup_ins as rows_inserted, t.n_tup_upd as rows_updated, t.n_tup_del as rows_deleted
from pg_catalog.pg_stat_database d
left join pg_catalog.pg_stat_all_tables t on t.relid = to_regclass({name})
where d.datname = current_database()
