-- life:     An index over the primary key's column was added "to speed up lookups".
-- warns:    no-duplicate-indexes
-- object:   public.a_copy
create index a_copy on public.ai_eval_runs (run_id);
