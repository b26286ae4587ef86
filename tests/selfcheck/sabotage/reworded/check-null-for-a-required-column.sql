-- life:     A check allows null in a column that doesn't.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_route_strategy_check;
alter table public.ai_training_examples add constraint ai_training_examples_route_strategy_check
  check (route_strategy is null or route_strategy in ('weighted', 'fallback', 'single_provider', 'fallback'));
