-- case:     missing
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;

-- case:     not-validated
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check
  check (weight >= 0) not valid;

-- case:     not-enforced
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
-- postgres: 18
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check
  check (weight >= 0) not enforced;

-- case:     a-third-provider
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider in ('openai', 'custom', 'acme'));

-- case:     one-provider-only
-- object:   public.ai_training_examples.ai_training_examples_selected_provider_check
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider = 'openai');

-- case:     or-anything
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider in ('openai', 'custom') or true);

-- case:     or-a-long-name
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = 'openai' or provider = 'custom' or length(provider) > 3);

-- case:     a-null-in-the-list-lets-everything-through
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider in ('openai', 'custom', null));

-- case:     a-null-in-the-array-lets-everything-through
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = any ('{openai,custom,NULL}'::text[]));

-- case:     a-null-among-alternatives
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = 'openai' or provider = 'custom' or provider = null);

-- case:     none-of-them
-- object:   public.ai_provider_configs.ai_provider_configs_environment_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_environment_check;
update public.ai_provider_configs set environment = 'qa';
alter table public.ai_provider_configs add constraint ai_provider_configs_environment_check
  check (environment not in ('prod', 'staging', 'dev'));

-- case:     any-case
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (lower(provider) in ('openai', 'custom'));

-- case:     only-the-beginning
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider::varchar(6) in ('openai', 'custom'));

-- case:     a-pattern
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider ~ '(openai|custom)');

-- case:     values-with-a-space
-- object:   public.ai_provider_configs.ai_provider_configs_provider_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
update public.ai_provider_configs set provider = 'open ai' where provider = 'openai';
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider in ('open ai', 'custom'));

-- case:     another-column
-- object:   public.ai_training_examples.ai_training_examples_requested_provider_check
alter table public.ai_training_examples drop constraint ai_training_examples_requested_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_requested_provider_check
  check (selected_provider in ('openai', 'custom'));

-- case:     another-name
-- object:   public.ai_training_examples.ai_training_examples_route_strategy_check
alter table public.ai_training_examples
  rename constraint ai_training_examples_route_strategy_check to strategy_check;

-- case:     no-upper-bound
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms >= 0);

-- case:     wider-bound
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms between 0 and 3000000);

-- case:     either-bound
-- object:   public.ai_training_examples.ai_training_examples_latency_ms_check
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms >= 0 or latency_ms <= 300000);

-- case:     bound-of-the-negative
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check
  check (abs(weight) >= 0);

-- case:     negative-weight
-- object:   public.ai_provider_configs.ai_provider_configs_weight_check
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check check (weight >= -1);

-- case:     v2-runs-refuse-canary
-- object:   public.ai_eval_runs.ai_eval_runs_run_type_check
alter table public.ai_eval_runs drop constraint ai_eval_runs_run_type_check;
alter table public.ai_eval_runs add constraint ai_eval_runs_run_type_check
  check (run_type in ('offline', 'shadow'));

-- case:     v2-status-unchecked
-- object:   public.ai_eval_runs.status
-- severity: warning
alter table public.ai_eval_runs drop constraint ai_eval_runs_status_check;

-- case:     sitecraft-knows-passed
-- object:   public.ai_eval_runs.ai_eval_runs_status_check
-- start:    after sitecraft
alter table public.ai_eval_runs drop constraint ai_eval_runs_status_check;
alter table public.ai_eval_runs add constraint ai_eval_runs_status_check
  check (status in ('running', 'completed', 'failed', 'passed'));
