-- life:     Statistics are gathered.
-- start:    traffic
analyze public.ai_training_examples;
analyze public.ai_eval_samples;
