-- life:     A default was dropped, and the runtime that is still on the old version can't insert any more.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.route_strategy
alter table public.ai_training_examples alter column route_strategy drop default;
