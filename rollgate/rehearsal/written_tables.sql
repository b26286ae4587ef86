-- The tables that this transaction has written, catalogs too, beside the routing table.
select s.schemaname || '.' || s.relname as name, s.n_tup_ins + s.n_tup_upd + s.n_tup_del as written
from pg_catalog.pg_stat_xact_all_tables s
where s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0
  and s.relid <> to_regclass('public.ai_provider_configs')
  and s.relid not in (select reltoastrelid from pg_catalog.pg_class
                      where oid = to_regclass('public.ai_provider_configs'))
order by 1
