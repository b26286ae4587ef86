-- case:     index-of-another-table
-- object:   public.idx_ai_eval_samples_run_id
-- start:    before clean
create index idx_ai_eval_samples_run_id on public.ai_training_examples (source);

-- case:     view-where-a-table-comes
-- object:   public.ai_provider_configs
-- start:    before clean
create view public.ai_provider_configs as select 1 as id;

-- case:     table-where-the-view-comes
-- object:   public.ai_eval_run_summary_v1
-- start:    before clean
create table public.ai_eval_run_summary_v1 (run_id uuid);

-- case:     materialized-summary
-- object:   public.ai_eval_run_summary_v1
-- start:    after clean
drop view public.ai_eval_run_summary_v1;
create materialized view public.ai_eval_run_summary_v1 as select run_id from public.ai_eval_runs;
