-- life:     The unique key of the older samples is an index, in another order.
-- warns:    target-matches-the-reference
-- start:    after sitecraft
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_sample_key_key;
create unique index one_of_each on public.ai_eval_samples (sample_key, run_id);
