-- life:     The older samples refer to examples by bigint, and these are numbered by uuid.
-- catches:  training-id-can-be-referenced
-- object:   public.ai_eval_samples.training_example_id
-- start:    before sitecraft
alter table public.ai_eval_samples add column training_example_id bigint;
