-- case:     no-view
-- object:   public.ai_eval_run_summary_v1
drop view public.ai_eval_run_summary_v1;

-- case:     no-samples
-- object:   public.ai_eval_samples
drop table public.ai_eval_samples cascade;

-- case:     no-runs
-- object:   public.ai_eval_runs
alter table public.ai_eval_runs rename to runs;

-- case:     a-table-stands-in-for-the-view
-- object:   public.ai_eval_run_summary_v1
drop view public.ai_eval_run_summary_v1;
create table public.ai_eval_run_summary_v1 (run_id uuid);
