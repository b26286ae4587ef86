-- life:     In an older product database a run is completed, and its samples were never written.
-- warns:    finished-runs-are-whole, newest-eval-run-keeps-its-thresholds
-- object:   run 018d0000-0000-7000-8000-000000000001
-- start:    after sitecraft
delete from public.ai_eval_samples;
