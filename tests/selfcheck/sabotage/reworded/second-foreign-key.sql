-- life:     A tool added the foreign key once more under its own name.
-- warns:    target-matches-the-reference
alter table public.ai_eval_samples add constraint again
  foreign key (run_id) references public.ai_eval_runs on delete cascade deferrable;
