-- life:     A batch of evals measured no latency.
-- start:    traffic
update public.ai_eval_samples set latency_ms = null;
