do $batch$
begin
  if current_setting('rollgate.eval_state', true) = 'known' then
    return;
  elsif current_setting('rollgate.eval_state', true) is distinct from 'new' then
    raise exception 'this is a part of an eval ingest: nothing was written'
      using errcode = 'invalid_transaction_state', hint = 'Paste the whole file at once.';
  end if;
  execute replace($insert$
{insert}  $insert$, '{link}', current_setting('rollgate.eval_link'))
  using $json${batch}$json$::jsonb;
end
$batch$;
