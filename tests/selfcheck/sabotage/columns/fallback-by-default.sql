-- life:     A flipped default makes each row without the flag a fallback, and the fallback rate 1.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.fallback_used
alter table public.ai_training_examples alter column fallback_used set default true;
