-- case:     anon-reads-routing
-- object:   public.ai_provider_configs to anon
grant select on public.ai_provider_configs to anon;

-- case:     everybody-reads-the-summary
-- object:   public.ai_eval_run_summary_v1 to public
grant select on public.ai_eval_run_summary_v1 to public;

-- case:     one-column
-- object:   public.ai_eval_runs to authenticated
grant select (run_id) on public.ai_eval_runs to authenticated;

-- case:     a-sequence
-- object:   public.ai_eval_samples_id_seq to anon
grant usage on sequence public.ai_eval_samples_id_seq to anon;

-- case:     superseded-rows
-- object:   public.ai_provider_configs_superseded to anon
-- start:    after narrow-configs
grant all on public.ai_provider_configs_superseded to anon;

-- case:     anon-owns-it
-- object:   public.ai_eval_runs to anon
alter table public.ai_eval_runs owner to anon;
