-- life:     The key that tells samples of an older layout apart is gone, and each ingest adds them again.
-- catches:  columns-match-contract, eval-layout-is-known, keys-match-contract
-- object:   public.ai_eval_samples.sample_key
-- start:    after sitecraft
alter table public.ai_eval_samples drop column sample_key cascade;
