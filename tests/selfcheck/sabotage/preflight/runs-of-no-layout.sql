-- life:     There is an eval table of somebody's prototype under the very name that the release wants.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_runs
-- start:    before clean
create table public.ai_eval_runs (id uuid primary key, outcome text);
