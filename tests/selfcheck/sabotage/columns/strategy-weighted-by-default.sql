-- life:     The default says weighted, and rows that nobody routed count as weighted traffic.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.route_strategy
alter table public.ai_training_examples alter column route_strategy set default 'weighted';
