-- life:     Another schema has tables and views of the same names.
create schema staging_copy;
create table staging_copy.ai_provider_configs (id text);
create view staging_copy.ai_eval_runs as select 1 as nothing;
create index idx_ai_eval_samples_run_id on staging_copy.ai_provider_configs (id);
