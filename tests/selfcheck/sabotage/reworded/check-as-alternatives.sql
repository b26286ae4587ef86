-- life:     The list is spelled out as alternatives.
-- catches:  target-matches-the-reference
alter table public.ai_training_examples drop constraint ai_training_examples_route_strategy_check;
alter table public.ai_training_examples add constraint ai_training_examples_route_strategy_check
  check (route_strategy = 'fallback' or route_strategy = 'weighted' or route_strategy = 'single_provider');
