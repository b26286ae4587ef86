-- title:    tables that are published can be updated
-- prevents: a rollback that answers "cannot update table: it does not have a replica identity", because somebody
--           published the table for Realtime or for a copy
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- evidence: keys

select
  'public.' || c.relname as object,
  'found no replica identity, and publication ' || string_agg(quote_ident(p.pubname), ', ' order by p.pubname)
    || ' that sends its updates or deletes; needed one that tells its rows apart' as detail,
  'alter table public.' || c.relname || ' replica identity '
    || case when exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary)
         then 'default;' else 'full;' end as remedy
from pg_catalog.pg_publication p
join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
join pg_catalog.pg_class c on c.oid = to_regclass(format('%I.%I', t.schemaname, t.tablename))
where (p.pubupdate or p.pubdelete)
  and c.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
  and c.relreplident <> 'f'
  and not exists (
    select from pg_catalog.pg_index i
    where i.indrelid = c.oid and i.indisvalid
      and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end)
group by c.oid, c.relname
union all
-- A list of columns or a filter of rows may hold none but those that tell rows apart: PostgreSQL refuses the update.
select
  'public.' || c.relname,
  'found publication ' || quote_ident(p.pubname) || ', whose column list lacks, or whose row filter uses, '
    || 'columns against its replica identity; needed a list with all of them, and a filter of them alone',
  'alter publication ' || quote_ident(p.pubname) || ' set table public.' || c.relname || ';'
from pg_catalog.pg_publication_rel r
join pg_catalog.pg_publication p on p.oid = r.prpubid and (p.pubupdate or p.pubdelete)
join pg_catalog.pg_class c on c.oid = r.prrelid
cross join lateral (
  select array(
    select a.attnum from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (c.relreplident = 'f' or exists (
        select from pg_catalog.pg_index i
        where i.indrelid = c.oid and a.attnum = any (i.indkey)
          and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end))
  ) as attnums
) k
where c.oid in (
    to_regclass('public.ai_training_examples'), to_regclass('public.ai_provider_configs'),
    to_regclass('public.ai_eval_runs'), to_regclass('public.ai_eval_samples'))
  and (
    (r.prattrs is not null and (c.relreplident = 'f' or not k.attnums <@ r.prattrs::int2[]))
    or exists (
      select from regexp_matches(r.prqual::text, ':varattno (\d+)', 'g') as m (found)
      where m.found[1]::int2 <> all (k.attnums)))
order by object;
