-- life:     The sequence was made for a small integer, and has given out its last number.
-- catches:  sequences-are-ahead
-- object:   public.ai_provider_configs.id
-- start:    traffic
do $$
declare
  last bigint := (select max(id) from public.ai_provider_configs);
begin
  execute format('alter table public.ai_provider_configs alter column id set maxvalue %s restart with %s', last, last);
  perform nextval(pg_get_serial_sequence('public.ai_provider_configs', 'id'));
end $$;
