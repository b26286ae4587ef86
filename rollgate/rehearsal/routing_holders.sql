-- Who is in the way of a change of routing. A reader is not.
select concat_ws(
         ', ', coalesce('pid ' || l.pid, 'a prepared transaction, see pg_prepared_xacts'), a.usename,
         nullif(a.application_name, ''), a.state,
         'in its transaction for ' || date_trunc('second', clock_timestamp() - a.xact_start),
         'with ' || string_agg(distinct l.mode, ', ')) as holder
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.relation = to_regclass('public.ai_provider_configs')
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
  and l.granted
  and l.mode <> 'AccessShareLock'
  and l.pid is distinct from pg_backend_pid()
group by l.pid, a.usename, a.application_name, a.state, a.xact_start
order by 1
