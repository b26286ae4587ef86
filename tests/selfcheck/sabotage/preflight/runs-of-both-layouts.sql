-- life:     A first try at the new eval tables was mixed into the old ones, and the runs have two keys.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_runs
-- start:    before sitecraft
alter table public.ai_eval_runs add column run_id uuid;
