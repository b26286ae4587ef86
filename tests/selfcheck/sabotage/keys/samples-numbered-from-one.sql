-- life:     The samples were copied here with their numbers, and the sequence began at one.
-- catches:  sequences-are-ahead
-- object:   public.ai_eval_samples.id
-- start:    traffic
alter table public.ai_eval_samples alter column id restart with 1;
