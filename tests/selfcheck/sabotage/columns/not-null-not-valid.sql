-- life:     PostgreSQL 18 can declare "not null" without proving it; the proof was left for a quiet hour.
-- catches:  columns-match-contract
-- object:   public.ai_training_examples.fallback_used
-- postgres: 18
alter table public.ai_training_examples alter column fallback_used drop not null;
alter table public.ai_training_examples add constraint used not null fallback_used not valid;
