-- life:     Somebody documents tables, columns and checks.
comment on table public.ai_eval_runs is 'runs';
comment on column public.ai_provider_configs.weight is 'share';
comment on constraint ai_provider_configs_weight_check on public.ai_provider_configs is 'never negative';
