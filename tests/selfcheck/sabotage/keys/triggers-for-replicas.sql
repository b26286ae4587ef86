-- life:     A tool that copies tables set the triggers to fire on replicas only.
-- catches:  foreign-keys-are-enforced
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
-- start:    after sitecraft
do $$
declare
  name text;
begin
  for name in
    select tgname from pg_trigger where tgrelid = 'public.ai_eval_samples'::regclass and tgisinternal
  loop
    execute format('alter table public.ai_eval_samples enable replica trigger %I', name);
  end loop;
end $$;
