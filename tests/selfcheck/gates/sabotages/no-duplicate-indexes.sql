-- case:     a-second-name
-- object:   public.a_copy
-- severity: warning
create index a_copy on public.ai_training_examples (selected_provider, created_at desc);

-- case:     plain-beside-unique
-- object:   public.a_copy
-- severity: warning
create index a_copy on public.ai_provider_configs (provider, environment);

-- case:     a-constraint-of-an-older-table
-- object:   public.older
-- severity: warning
alter table public.ai_provider_configs add constraint older unique (provider, environment);

-- case:     plain-beside-a-key
-- object:   public.a_copy
-- severity: warning
create index a_copy on public.ai_eval_runs (run_id);
