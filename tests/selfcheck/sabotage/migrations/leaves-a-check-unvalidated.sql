-- life:     A check stays "not valid": the validation was to come with the next release.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           checks-match-contract, gates-pass-on-the-clone
-- topology: prod
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms is null or latency_ms between 0 and 300000) not valid;
