-- case:     unknown-provider
-- object:   public.ai_training_examples.selected_provider
-- start:    before half-applied
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
update public.ai_training_examples set selected_provider = 'acme';

-- case:     unknown-provider-behind-an-unproven-check
-- object:   public.ai_training_examples.selected_provider
-- start:    before half-applied
alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check;
update public.ai_training_examples set selected_provider = 'acme' where source = 'patch';
alter table public.ai_training_examples add constraint ai_training_examples_selected_provider_check
  check (selected_provider in ('openai', 'custom')) not valid;

-- case:     unknown-strategy
-- object:   public.ai_training_examples.route_strategy
-- start:    before half-applied
update public.ai_training_examples set route_strategy = 'random' where source = 'publish';

-- case:     negative-latency
-- object:   public.ai_training_examples.latency_ms
-- start:    before clean
alter table public.ai_training_examples add column latency_ms integer default -1;

-- case:     latency-beyond-the-bound
-- object:   public.ai_training_examples.latency_ms
-- start:    before clean
alter table public.ai_training_examples add column latency_ms integer default 300001;

-- case:     unknown-requested-provider
-- object:   public.ai_training_examples.requested_provider
-- start:    before clean
alter table public.ai_training_examples add column requested_provider text default '';

-- case:     unknown-fallback-provider
-- object:   public.ai_training_examples.fallback_provider
-- start:    before clean
alter table public.ai_training_examples add column fallback_provider text default 'none';
