-- What the release leaves in a database, a row each: kind, table, name, and facts by kind. Phase 1's own stays out.
with tables (name) as (
  values ('ai_provider_configs'), ('ai_eval_runs'), ('ai_eval_samples'), ('ai_training_examples')
), own (name) as (
  values ('request_id'), ('requested_provider'), ('selected_provider'), ('route_strategy'),
         ('fallback_provider'), ('fallback_used'), ('latency_ms'), ('prompt_template_version')
)
select 'column', t.name, a.attname,
       jsonb_build_object('type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
                          'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity)
from tables t
join pg_attribute a on a.attrelid = ('public.' || t.name)::regclass and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where t.name <> 'ai_training_examples' or a.attname in (select own.name from own)
union all
select 'constraint', t.name, c.conname, jsonb_build_object('type', c.contype, 'definition', pg_get_constraintdef(c.oid))
from tables t
join pg_constraint c on c.conrelid = ('public.' || t.name)::regclass and c.contype in ('c', 'f', 'p')
where t.name <> 'ai_training_examples'
   or (c.contype = 'c' and exists (select from own where c.conname = 'ai_training_examples_' || own.name || '_check'))
union all
select 'index', t.name, i.indexrelid::regclass::text, jsonb_build_object('definition', pg_get_indexdef(i.indexrelid))
from tables t
join pg_index i on i.indrelid = ('public.' || t.name)::regclass
where not i.indisprimary
  and i.indexrelid::regclass::text not in ('ai_training_examples_pkey', 'idx_ai_training_examples_source_created')
order by 1, 2, 3
