-- Supabase's history of migrations: version, name, statements. Older projects keep no names, or no statements.

select
  h.line ->> 'version' as version,
  h.line ->> 'name' as name,
  array_to_string(array(
    select jsonb_array_elements_text(
      case jsonb_typeof(h.line -> 'statements') when 'array' then h.line -> 'statements' else '[]' end)
  ), E';\n') as statements
from (select to_jsonb(t) as line from supabase_migrations.schema_migrations t) h
order by 1
