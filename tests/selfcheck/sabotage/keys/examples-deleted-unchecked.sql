-- life:     Training examples were cleared away unchecked, and samples refer to some that are gone.
-- catches:  foreign-keys-are-enforced
-- object:   public.ai_eval_samples
-- start:    traffic
update public.ai_eval_samples
set training_example_id = (select id from public.ai_training_examples limit 1);
set local session_replication_role = replica;
delete from public.ai_training_examples where id in (select training_example_id from public.ai_eval_samples);
