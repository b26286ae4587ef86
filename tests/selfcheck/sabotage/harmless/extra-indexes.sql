-- life:     Somebody adds indexes for reports.
create index on public.ai_training_examples (user_id, created_at desc);
create index on public.ai_training_examples (selected_provider, created_at desc, id);
create index on public.ai_eval_samples (run_id) where not schema_valid;
