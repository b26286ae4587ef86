-- life:     "desc" was lost when the index was built by hand.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_training_examples_route_created
drop index public.idx_ai_training_examples_route_created;
create index idx_ai_training_examples_route_created
  on public.ai_training_examples (route_strategy, created_at);
