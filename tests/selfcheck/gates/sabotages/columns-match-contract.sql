-- case:     silent-telemetry-looks-written
-- object:   public.ai_training_examples.selected_provider
alter table public.ai_training_examples alter column selected_provider set default 'openai';

-- case:     missing-column
-- object:   public.ai_training_examples.request_id
alter table public.ai_training_examples drop column request_id;

-- case:     strategy-may-be-null
-- object:   public.ai_training_examples.route_strategy
alter table public.ai_training_examples alter column route_strategy drop not null;

-- case:     provider-is-required-of-every-row
-- object:   public.ai_training_examples.selected_provider
update public.ai_training_examples set selected_provider = 'openai';
alter table public.ai_training_examples alter column selected_provider set not null;

-- case:     no-default-strategy
-- object:   public.ai_training_examples.route_strategy
alter table public.ai_training_examples alter column route_strategy drop default;

-- case:     another-default-strategy
-- object:   public.ai_training_examples.route_strategy
alter table public.ai_training_examples alter column route_strategy set default 'weighted';

-- case:     a-default-that-only-looks-right
-- object:   public.ai_training_examples.prompt_template_version
alter table public.ai_training_examples alter column prompt_template_version set default 'v1'::text || '0';

-- case:     fallback-by-default
-- object:   public.ai_training_examples.fallback_used
alter table public.ai_training_examples alter column fallback_used set default true;

-- case:     wide-latency
-- object:   public.ai_training_examples.latency_ms
alter table public.ai_training_examples alter column latency_ms type bigint;

-- case:     computed-latency
-- object:   public.ai_training_examples.latency_ms
alter table public.ai_training_examples drop column latency_ms;
alter table public.ai_training_examples add column latency_ms integer generated always as (1) stored;

-- case:     limited-provider
-- object:   public.ai_provider_configs.provider
alter table public.ai_provider_configs alter column provider type varchar(20);

-- case:     unlimited-varchar
-- object:   public.ai_provider_configs.provider
-- severity: warning
alter table public.ai_provider_configs alter column provider type varchar;

-- case:     key-without-numbers
-- object:   public.ai_provider_configs.id
alter table public.ai_provider_configs alter column id drop identity;

-- case:     weight-of-nothing-by-default
-- object:   public.ai_provider_configs.weight
alter table public.ai_provider_configs alter column weight set default 10;

-- case:     metadata-may-be-null
-- object:   public.ai_provider_configs.metadata
alter table public.ai_provider_configs alter column metadata drop not null;

-- case:     update-time-without-default
-- object:   public.ai_provider_configs.updated_at
alter table public.ai_provider_configs alter column updated_at drop default;

-- case:     time-without-a-zone
-- object:   public.ai_provider_configs.updated_at
alter table public.ai_provider_configs alter column updated_at type timestamp;

-- case:     no-thresholds
-- object:   public.ai_eval_runs.thresholds
alter table public.ai_eval_runs drop column thresholds;

-- case:     outcome-may-be-null
-- object:   public.ai_eval_samples.schema_valid
alter table public.ai_eval_samples alter column schema_valid drop not null;

-- case:     example-key-of-another-type
-- object:   public.ai_eval_samples.training_example_id
-- start:    after bigint-id
alter table public.ai_eval_samples alter column training_example_id type integer;

-- case:     sitecraft-without-telemetry
-- object:   public.ai_eval_samples.fallback_used
-- start:    after sitecraft
alter table public.ai_eval_samples drop column fallback_used cascade;

-- case:     sitecraft-without-sample-key
-- object:   public.ai_eval_samples.sample_key
-- start:    after sitecraft
alter table public.ai_eval_samples drop column sample_key cascade;

-- case:     unproven-not-null
-- object:   public.ai_training_examples.fallback_used
-- postgres: 18
alter table public.ai_training_examples alter column fallback_used drop not null;
alter table public.ai_training_examples add constraint used not null fallback_used not valid;
