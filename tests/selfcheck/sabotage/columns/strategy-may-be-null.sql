-- life:     An old writer sent nulls, so "not null" was taken off the routing strategy.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.route_strategy
alter table public.ai_training_examples alter column route_strategy drop not null;
