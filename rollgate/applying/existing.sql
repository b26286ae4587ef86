-- Which of these names are objects of the database, and, of an index, whether it is valid.

select w.name, to_regclass(w.name) is not null or to_regtype(w.name) is not null as there, i.indisvalid
from unnest(%(names)s::text[]) as w (name)
left join pg_catalog.pg_index i on i.indexrelid = to_regclass(w.name)
