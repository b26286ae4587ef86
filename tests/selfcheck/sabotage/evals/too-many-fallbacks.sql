-- life:     custom answers every second request with an error, and openai covers for it.
-- catches:  newest-eval-run-keeps-its-thresholds
-- start:    traffic
update public.ai_eval_samples set fallback_used = id % 2 = 0;
