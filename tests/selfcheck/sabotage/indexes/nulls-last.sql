-- life:     "nulls last" came with a generator, and the planner can't use the order any more.
-- catches:  indexes-match-contract, target-matches-the-reference
-- object:   public.idx_ai_eval_runs_status_started
drop index public.idx_ai_eval_runs_status_started;
create index idx_ai_eval_runs_status_started on public.ai_eval_runs (status, started_at desc nulls last);
