-- life:     The samples refer to training examples with integer where the key is bigint: it works until the
--           2^31st row.
-- catches:  columns-match-contract, target-matches-the-reference, training-id-can-be-referenced
-- object:   public.ai_eval_samples.training_example_id
-- start:    after bigint-id
alter table public.ai_eval_samples alter column training_example_id type integer;
