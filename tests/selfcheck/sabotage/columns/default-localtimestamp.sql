-- life:     localtimestamp as a default keeps the wall clock of whoever inserts.
-- catches:  target-matches-the-reference, timestamp-defaults-are-instants
-- object:   public.ai_eval_runs.started_at
alter table public.ai_eval_runs alter column started_at set default localtimestamp;
