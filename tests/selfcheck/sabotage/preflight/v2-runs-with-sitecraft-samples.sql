-- life:     The runs were rebuilt in the new layout, and the samples are still in the old one.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_samples
-- start:    before sitecraft
alter table public.ai_eval_runs rename to old_runs;
create table public.ai_eval_runs (
  run_id uuid primary key, run_type text, status text, started_at timestamptz);
