-- life:     Without the unique key of the older layout, an ingest that runs twice counts every sample twice.
-- catches:  keys-match-contract
-- object:   public.ai_eval_samples.run_id+sample_key
-- start:    after sitecraft
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_sample_key_key;
