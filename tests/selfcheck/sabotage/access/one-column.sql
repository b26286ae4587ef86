-- life:     Only one column was granted to logged-in users, which no list of table grants shows.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_eval_runs to authenticated
grant select (run_id) on public.ai_eval_runs to authenticated;
