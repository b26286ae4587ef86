-- life:     A passed run lost its samples to a retention job, and its figures can't be proven.
-- warns:    finished-runs-are-whole, newest-eval-run-keeps-its-thresholds
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
delete from public.ai_eval_samples;
