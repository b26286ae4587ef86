-- life:     The table was made unlogged for a fast import: after a crash it is empty.
-- catches:  tables-exist
-- object:   public.ai_provider_configs
alter table public.ai_provider_configs set unlogged;
