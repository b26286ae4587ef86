-- life:     Keys have the names that a naming convention gives them.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs rename constraint ai_provider_configs_pkey to routing_key;
alter table public.ai_eval_samples rename constraint ai_eval_samples_run_id_fkey to samples_of_a_run;
