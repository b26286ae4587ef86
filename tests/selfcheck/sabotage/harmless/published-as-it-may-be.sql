-- life:     The columns that tell rows apart are published with some others, by a filter of them alone; and a
--           publication sends inserts only.
create publication part for table public.ai_provider_configs (id, provider, weight) where (id > 3);
create publication news for table public.ai_eval_runs (status) with (publish = 'insert');
