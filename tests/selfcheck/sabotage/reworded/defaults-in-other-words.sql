-- life:     Defaults are cast and quoted otherwise, with the same values.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs alter column metadata set default jsonb_build_object(),
  alter column environment set default 'prod'::varchar, alter column weight set default (100),
  alter column enabled set default 'yes', alter column timeout_ms set default '45000';
alter table public.ai_training_examples
  alter column route_strategy set default 'single_provider'::varchar::text;
