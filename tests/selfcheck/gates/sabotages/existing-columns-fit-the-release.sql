-- case:     latency-is-text
-- object:   public.ai_training_examples.latency_ms
-- start:    before half-applied
alter table public.ai_training_examples add column latency_ms text;

-- case:     latency-is-computed
-- object:   public.ai_training_examples.latency_ms
-- start:    before clean
alter table public.ai_training_examples
  add column latency_ms integer generated always as (length(prompt)) stored;

-- case:     limited-provider
-- object:   public.ai_training_examples.selected_provider
-- start:    before half-applied
-- severity: warning
alter table public.ai_training_examples alter column selected_provider type varchar(20);

-- case:     provider-may-be-null
-- object:   public.ai_provider_configs.provider
-- start:    before narrow-configs
alter table public.ai_provider_configs alter column provider drop not null;

-- case:     routing-without-a-key
-- object:   public.ai_provider_configs.id
-- start:    before narrow-configs
alter table public.ai_provider_configs drop column id;

-- case:     weight-is-a-share
-- object:   public.ai_provider_configs.weight
-- start:    before half-applied
alter table public.ai_provider_configs alter column weight type numeric;
