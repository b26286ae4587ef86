-- life:     A rollout was broken off half-way: the samples are there, with three of their columns, and the
--           runs aren't.
-- catches:  eval-layout-is-known
-- object:   public.ai_eval_samples
-- start:    before half-applied
create table public.ai_eval_samples (id bigint primary key, run_id uuid, schema_valid boolean);
