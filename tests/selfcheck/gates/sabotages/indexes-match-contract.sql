-- case:     missing
-- object:   public.idx_ai_training_examples_provider_created
drop index public.idx_ai_training_examples_provider_created;

-- case:     not-unique
-- object:   public.idx_ai_provider_configs_provider_environment
drop index public.idx_ai_provider_configs_provider_environment;
create index idx_ai_provider_configs_provider_environment
  on public.ai_provider_configs (provider, environment);

-- case:     columns-the-other-way-round
-- object:   public.idx_ai_eval_samples_run_provider
drop index public.idx_ai_eval_samples_run_provider;
create index idx_ai_eval_samples_run_provider on public.ai_eval_samples (selected_provider, run_id);

-- case:     oldest-first
-- object:   public.idx_ai_training_examples_route_created
drop index public.idx_ai_training_examples_route_created;
create index idx_ai_training_examples_route_created
  on public.ai_training_examples (route_strategy, created_at);

-- case:     nulls-elsewhere
-- object:   public.idx_ai_eval_runs_status_started
drop index public.idx_ai_eval_runs_status_started;
create index idx_ai_eval_runs_status_started on public.ai_eval_runs (status, started_at desc nulls last);

-- case:     default-index-over-every-row
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create index idx_ai_provider_configs_default_per_env on public.ai_provider_configs (environment);

-- case:     default-index-over-some-defaults
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where is_default and enabled;

-- case:     default-index-over-the-others
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where not is_default;

-- case:     default-index-of-provider-and-environment
-- object:   public.idx_ai_provider_configs_default_per_env
drop index public.idx_ai_provider_configs_default_per_env;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment, provider) where is_default;

-- case:     included-columns
-- object:   public.idx_ai_eval_samples_run_id
drop index public.idx_ai_eval_samples_run_id;
create index idx_ai_eval_samples_run_id on public.ai_eval_samples (run_id) include (latency_ms);

-- case:     an-expression
-- object:   public.idx_ai_eval_samples_run_provider
drop index public.idx_ai_eval_samples_run_provider;
create index idx_ai_eval_samples_run_provider on public.ai_eval_samples (run_id, lower(selected_provider));

-- case:     hash
-- object:   public.idx_ai_training_examples_request_id
drop index public.idx_ai_training_examples_request_id;
create index idx_ai_training_examples_request_id
  on public.ai_training_examples using hash (request_id) where request_id is not null;

-- case:     pattern-operators
-- object:   public.idx_ai_training_examples_route_created
drop index public.idx_ai_training_examples_route_created;
create index idx_ai_training_examples_route_created
  on public.ai_training_examples (route_strategy text_pattern_ops, created_at desc);

-- case:     checked-late
-- object:   public.idx_ai_provider_configs_provider_environment
drop index public.idx_ai_provider_configs_provider_environment;
alter table public.ai_provider_configs add constraint idx_ai_provider_configs_provider_environment
  unique (provider, environment) deferrable;

-- case:     failed-build
-- object:   public.idx_ai_provider_configs_default_per_env
update pg_catalog.pg_index set indisvalid = false
where indexrelid = 'public.idx_ai_provider_configs_default_per_env'::regclass;

-- case:     of-another-table
-- object:   public.idx_ai_eval_samples_run_id
drop index public.idx_ai_eval_samples_run_id;
create table public.samples (run_id uuid);
create index idx_ai_eval_samples_run_id on public.samples (run_id);

-- case:     leftover-of-a-failed-build
-- object:   public.leftover
-- severity: warning
create index leftover on public.ai_training_examples (user_id);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'public.leftover'::regclass;
