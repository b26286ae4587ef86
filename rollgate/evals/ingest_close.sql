do $close$
declare
  facts constant jsonb := nullif(current_setting('rollgate.eval_facts', true), '')::jsonb;
  state constant text := current_setting('rollgate.eval_state', true);
  wanted constant bigint := (facts ->> 'samples')::bigint;
  found bigint;
begin
  if coalesce(state, '') not in ('new', 'known') then
    raise exception 'this is a part of an eval ingest: nothing was written'
      using errcode = 'invalid_transaction_state', hint = 'Paste the whole file at once.';
  end if;
  select count(*) into found from public.ai_eval_samples
  where run_id = current_setting('rollgate.eval_run')::uuid;
  if found <> wanted then
    raise exception 'run % has % samples, this file has %: nothing was written',
                    current_setting('rollgate.eval_run'), found, wanted
      using errcode = 'triggered_data_change_violation',
            hint = case state when 'known' then 'Delete that run, then paste the whole file again.'
              else 'Paste the whole file; look for triggers and rules on public.ai_eval_samples.' end;
  end if;
  if state = 'known' then
    raise notice 'run % was ingested before: nothing was added', current_setting('rollgate.eval_run');
  else
    raise notice 'run %: % samples added', current_setting('rollgate.eval_run'), found;
  end if;
end
$close$;

select
  case current_setting('rollgate.eval_state', true)
    when 'new' then 'added' when 'known' then 'was there already: nothing added' end as ingest,
  v.*
from public.ai_eval_run_summary_v1 v
where v.run_id = nullif(current_setting('rollgate.eval_run', true), '')::uuid;
