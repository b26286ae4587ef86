-- life:     Indexes are the same with everything spelled out.
-- catches:  target-matches-the-reference
drop index public.idx_ai_provider_configs_default_per_env, public.idx_ai_training_examples_request_id;
create unique index idx_ai_provider_configs_default_per_env
  on public.ai_provider_configs (environment) where is_default = true;
create index idx_ai_training_examples_request_id
  on public.ai_training_examples using btree (request_id asc nulls last) where (request_id is not null);
