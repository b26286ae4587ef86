-- life:     Other features add columns to the same tables.
alter table public.ai_provider_configs add column region text default 'eu';
alter table public.ai_training_examples add column note text, add column noted_at timestamptz default now();
alter table public.ai_eval_runs add column id bigint;
alter table public.ai_eval_samples add column sample_no integer;
