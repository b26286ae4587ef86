-- life:     The answers of the newest run took a minute.
-- catches:  newest-eval-run-keeps-its-thresholds
-- start:    traffic
update public.ai_eval_samples set latency_ms = 60000;
