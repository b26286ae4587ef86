-- life:     A table was made while the session's role was anon, who now owns it.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_eval_runs to anon
alter table public.ai_eval_runs owner to anon;
