-- title:    sessions of the runtime and of operators begin able to write, with all checks on
-- prevents: a rollback that answers "read-only transaction" when it is needed: Supabase makes a database
--           read-only whose disk is nearly full; and writes that no foreign key checks
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- evidence: session-settings

with wanted (name, bad, needed, meaning) as (
  values
    -- In every way that PostgreSQL reads "true", and `alter role` keeps as it was written.
    ('default_transaction_read_only', array['on', 't', 'tr', 'tru', 'true', 'y', 'ye', 'yes', '1'], 'off',
     'its transactions are read-only'),
    ('session_replication_role', array['replica'], 'origin', 'no foreign key is checked, and no trigger fires')
),
-- Who logs in to write: the REST API's role, the operator's, the table's owner. A role that can't log in has no
-- sessions.
writers as (
  select r.oid, r.rolname
  from pg_catalog.pg_roles r
  where r.rolcanlogin
    and (r.rolname in ('authenticator', 'postgres', 'service_role')
      or r.oid = (select c.relowner from pg_catalog.pg_class c
                  where c.oid = to_regclass('public.ai_provider_configs')))
),
-- What is set for more is overruled by what is set for less.
places (rank, told, database_is, role_is) as (
  values
    (1, 'for this role in this database', true, true), (2, 'for this role', false, true),
    (3, 'for this database', true, false), (4, 'for every role', false, false)
),
settings as (
  select
    w.rolname,
    p.rank,
    case p.rank
      when 1 then format('alter role %I in database %I reset ', w.rolname, current_database())
      when 2 then format('alter role %I reset ', w.rolname)
      when 3 then format('alter database %I reset ', current_database())
      else 'alter role all reset '
    end as undo,
    p.told,
    split_part(each.entry, '=', 1) as name,
    substr(each.entry, strpos(each.entry, '=') + 1) as value
  from writers w
  cross join places p
  join pg_catalog.pg_db_role_setting s
    on s.setrole = case when p.role_is then w.oid else 0 end
    and s.setdatabase = case when p.database_is
      then (select d.oid from pg_catalog.pg_database d where d.datname = current_database()) else 0 end
  cross join lateral unnest(s.setconfig) as each (entry)
  union all
  -- The server's own, where this session did not begin with another one.
  select w.rolname, 5, 'alter system reset ', 'for the whole server', s.name, s.reset_val
  from writers w
  join pg_catalog.pg_settings s on s.source in ('configuration file', 'command line', 'environment variable')
),
effective as (
  select distinct on (s.rolname, s.name) s.*, w.bad, w.needed, w.meaning
  from settings s
  join wanted w on w.name = s.name
  order by s.rolname, s.name, s.rank
)
select
  rolname || '.' || name as object,
  'found ' || value || ', set ' || told || ': ' || meaning || '; needed ' || needed as detail,
  case name when 'default_transaction_read_only' then 'make room if the disk is nearly full; then ' else '' end
    || undo || name || ';' as remedy,
  'FAIL' as outcome,
  'error' as severity
from effective
where lower(value) = any (bad)
union all
select
  'the server',
  'found a session that begins with a ' || name || ' of its own, which hides the server''s; needed one without',
  'ask with a role and a DSN that don''t set it: the session of a run is read-only anyway',
  'HOLD',
  'warning'
from pg_catalog.pg_settings
where name = 'default_transaction_read_only' and source in ('user', 'database user', 'client', 'session')
order by object;
