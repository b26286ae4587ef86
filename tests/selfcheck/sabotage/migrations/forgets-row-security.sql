-- life:     Row level security is switched off for a backfill, and the file ends before it is on again.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           gates-pass-on-the-clone, row-level-security-is-on
-- topology: prod
alter table public.ai_eval_runs disable row level security;
