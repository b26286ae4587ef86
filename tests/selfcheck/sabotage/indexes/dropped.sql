-- life:     An index was dropped before a bulk load, and the load's second half failed.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_training_examples_provider_created
drop index public.idx_ai_training_examples_provider_created;
