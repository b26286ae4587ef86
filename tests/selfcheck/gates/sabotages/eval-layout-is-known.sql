-- case:     runs-of-both-layouts
-- object:   public.ai_eval_runs
-- start:    before sitecraft
alter table public.ai_eval_runs add column run_id uuid;

-- case:     runs-of-no-layout
-- object:   public.ai_eval_runs
-- start:    before clean
create table public.ai_eval_runs (id uuid primary key, outcome text);

-- case:     v2-runs-with-sitecraft-samples
-- object:   public.ai_eval_samples
-- start:    before sitecraft
alter table public.ai_eval_runs rename to old_runs;
create table public.ai_eval_runs (
  run_id uuid primary key, run_type text, status text, started_at timestamptz);

-- case:     samples-without-runs
-- object:   public.ai_eval_samples
-- start:    before sitecraft
alter table public.ai_eval_runs rename to old_runs;

-- case:     sitecraft-runs-without-samples
-- object:   public.ai_eval_samples
-- start:    before sitecraft
drop table public.ai_eval_samples;

-- case:     sitecraft-without-metrics
-- object:   public.ai_eval_runs
-- start:    before sitecraft
alter table public.ai_eval_runs drop column metrics;

-- case:     v2-samples-of-an-interrupted-rollout
-- object:   public.ai_eval_samples
-- start:    before half-applied
create table public.ai_eval_samples (id bigint primary key, run_id uuid, schema_valid boolean);
