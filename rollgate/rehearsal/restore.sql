-- Puts the routing rows of :target back as they were before the drill of :time, every column of them.
-- Paste the whole file, as the role that ran the drill. It is one statement: all of it happens, or nothing.
-- Where it has been done already it does nothing, and where somebody has changed rows since it refuses.

do :tag
declare
  before constant jsonb := :before;
  left_behind constant jsonb := :left_behind;
  found jsonb;
begin
  perform set_config('lock_timeout', '2s', true), set_config('TimeZone', 'UTC', true);
  lock table public.ai_provider_configs in share row exclusive mode;
  select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') into found from public.ai_provider_configs c;
  if found = before then
    return;
  end if;
  if found <> left_behind then
    raise exception using
      errcode = 'object_not_in_prerequisite_state',
      message = 'routing rows were changed since the rollback of the drill: nothing was restored',
      detail = format('Found %s', found),
      hint = 'Decide with whoever changed them. The rows of before the drill are in the first lines of this file.';
  end if;

  -- "One default an environment" is checked row by row: clear first, then set.
  update public.ai_provider_configs c
  set is_default = false
  where c.is_default and not exists (select from jsonb_array_elements(before) b where b = to_jsonb(c));
  if exists (
    select from public.ai_provider_configs c
    where not before @> jsonb_build_array(jsonb_build_object('id', c.id)))
  then
    delete from public.ai_provider_configs c
    where not before @> jsonb_build_array(jsonb_build_object('id', c.id));
  end if;
  update public.ai_provider_configs c
  set :settings
  from jsonb_populate_recordset(null::public.ai_provider_configs, before) b
  where b.id = c.id and to_jsonb(b) <> to_jsonb(c);
  insert into public.ai_provider_configs (:columns) overriding system value
  select :values
  from jsonb_populate_recordset(null::public.ai_provider_configs, before) b
  where not exists (select from public.ai_provider_configs c where c.id = b.id);

  set constraints all immediate;
  select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') into found from public.ai_provider_configs c;
  if found <> before then
    raise exception using
      errcode = 'triggered_data_change_violation',
      message = 'the rows did not become those of before the drill: nothing was restored',
      detail = format('Found %s', found),
      hint = 'Look for triggers and rules on public.ai_provider_configs.';
  end if;
:sequences
end
:tag;
