-- How the server logs, as this session has it, and who has it otherwise: by role, by database.
select s.name, s.setting, s.source, '' as owner
from pg_catalog.pg_settings s
where s.name in (
  'log_min_messages', 'log_min_error_statement', 'log_error_verbosity', 'log_destination', 'log_line_prefix',
  'log_timezone', 'lc_messages', 'log_rotation_age', 'log_filename', 'logging_collector')
union all
select
  split_part(configured.setting, '=', 1), substr(configured.setting, strpos(configured.setting, '=') + 1),
  case when o.setrole = 0 then 'database' when o.setdatabase = 0 then 'user' else 'database user' end,
  case when o.setrole = 0 and o.setdatabase = 0 then 'role all'
    else concat_ws(' in ', 'role ' || r.rolname, 'database ' || d.datname) end
from pg_catalog.pg_db_role_setting o
cross join unnest(o.setconfig) as configured (setting)
left join pg_catalog.pg_roles r on r.oid = o.setrole
left join pg_catalog.pg_database d on d.oid = o.setdatabase
where split_part(configured.setting, '=', 1) in (
    'log_min_messages', 'log_min_error_statement', 'log_error_verbosity', 'lc_messages')
  and (o.setdatabase = 0 or d.datname = current_database())
order by 4, 1
