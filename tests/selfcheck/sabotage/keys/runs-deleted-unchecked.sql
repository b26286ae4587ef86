-- life:     Old runs were cleared away in a session with session_replication_role = replica: their samples stayed.
-- catches:  eval-view-agrees-with-samples, foreign-keys-are-enforced
-- warns:    newest-eval-run-is-fresh, newest-eval-run-keeps-its-thresholds
-- object:   public.ai_eval_samples
-- start:    traffic
set local session_replication_role = replica;
delete from public.ai_eval_runs;
