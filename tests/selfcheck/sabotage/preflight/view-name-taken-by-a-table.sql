-- life:     A table holds the summary's name, and "create or replace view" will fail half-way.
-- catches:  release-names-are-free
-- object:   public.ai_eval_run_summary_v1
-- start:    before clean
create table public.ai_eval_run_summary_v1 (run_id uuid);
