-- life:     A check has its meaning and another name, so the next run of the migration adds it a second time.
-- catches:  checks-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.ai_training_examples_route_strategy_check
alter table public.ai_training_examples
  rename constraint ai_training_examples_route_strategy_check to strategy_check;
