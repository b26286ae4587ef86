-- The columns of the routing table that can be inserted, and which of them can be updated; and its sequences.
select 'column' as kind, quote_ident(a.attname) as name, (a.attidentity <> 'a')::text as settable
from pg_catalog.pg_attribute a
where a.attrelid = to_regclass('public.ai_provider_configs')
  and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
union all
select 'sequence', s.oid::regclass::text, null
from pg_catalog.pg_depend d
join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
where d.classid = 'pg_catalog.pg_class'::regclass
  and d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.refobjid = to_regclass('public.ai_provider_configs')
order by 1, 2
