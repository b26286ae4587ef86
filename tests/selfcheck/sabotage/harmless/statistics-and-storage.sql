-- life:     A DBA tunes statistics and vacuum.
create statistics public.example_stats on route_strategy, selected_provider from public.ai_training_examples;
alter table public.ai_training_examples set (autovacuum_vacuum_scale_factor = 0.01);
alter table public.ai_training_examples alter column prompt set statistics 500;
