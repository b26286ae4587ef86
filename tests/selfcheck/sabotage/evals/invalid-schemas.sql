-- life:     A new prompt template breaks every fifth answer, and the nightly run says so.
-- catches:  newest-eval-run-keeps-its-thresholds
-- start:    traffic
update public.ai_eval_samples set schema_valid = id % 5 > 0;
