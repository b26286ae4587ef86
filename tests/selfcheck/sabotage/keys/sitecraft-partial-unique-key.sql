-- life:     The unique key of the older layout was replaced by one over valid samples alone.
-- catches:  keys-match-contract
-- warns:    target-matches-the-reference
-- object:   public.ai_eval_samples.run_id+sample_key
-- start:    after sitecraft
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_sample_key_key;
create unique index on public.ai_eval_samples (run_id, sample_key) where schema_valid;
