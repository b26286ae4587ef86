-- case:     any-of-an-array
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider = any (array['custom', 'openai']));

-- case:     any-of-an-array-literal
alter table public.ai_provider_configs drop constraint ai_provider_configs_environment_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_environment_check
  check (environment = any ('{dev,staging,prod}'));

-- case:     alternatives
alter table public.ai_training_examples drop constraint ai_training_examples_route_strategy_check;
alter table public.ai_training_examples add constraint ai_training_examples_route_strategy_check
  check (route_strategy = 'fallback' or route_strategy = 'weighted' or route_strategy = 'single_provider');

-- case:     without-the-null
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider in ('openai', 'custom'));

-- case:     null-last
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider in ('openai', 'custom') or selected_provider is null);

-- case:     null-first-for-a-required-column
alter table public.ai_training_examples drop constraint ai_training_examples_route_strategy_check;
alter table public.ai_training_examples add constraint ai_training_examples_route_strategy_check
  check (route_strategy is null or route_strategy in ('weighted', 'fallback', 'single_provider', 'fallback'));

-- case:     cast-values
alter table public.ai_provider_configs drop constraint ai_provider_configs_provider_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_provider_check
  check (provider::text in ('openai'::varchar, 'custom'::varchar));

-- case:     two-bounds
alter table public.ai_provider_configs drop constraint ai_provider_configs_timeout_ms_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_timeout_ms_check
  check (timeout_ms <= 180000 and timeout_ms >= 1000);

-- case:     bounds-first
alter table public.ai_provider_configs drop constraint ai_provider_configs_max_retries_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_max_retries_check
  check (0 <= max_retries and 3 >= max_retries);

-- case:     strict-bounds
alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check check (weight > -1);
alter table public.ai_provider_configs drop constraint ai_provider_configs_max_retries_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_max_retries_check
  check (max_retries > -1 and max_retries < 4);

-- case:     bounds-of-another-width
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms::bigint between 0::bigint and 300000::bigint);

-- case:     bounds-or-null
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check ((latency_ms >= 0 and latency_ms <= 300000) or latency_ms is null);

-- case:     eval-checks-of-other-names
alter table public.ai_eval_runs rename constraint ai_eval_runs_status_check to known_status;

-- case:     validated-later
alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check;
alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check
  check (latency_ms between 0 and 300000) not valid;
alter table public.ai_training_examples validate constraint ai_training_examples_latency_ms_check;
