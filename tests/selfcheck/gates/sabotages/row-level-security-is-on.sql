-- case:     off-for-routing
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs disable row level security;

-- case:     off-for-training-examples
-- object:   public.ai_training_examples
alter table public.ai_training_examples disable row level security;

-- case:     off-for-superseded-rows
-- object:   public.ai_provider_configs_superseded
-- start:    after narrow-configs
alter table public.ai_provider_configs_superseded disable row level security;
