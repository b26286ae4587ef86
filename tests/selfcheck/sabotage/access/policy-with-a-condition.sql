-- life:     A policy lets logged-in users read "their own" runs on a table that no user should reach.
-- catches:  target-matches-the-reference
-- warns:    no-policies-open-to-everyone
-- object:   public.ai_eval_runs.own
create policy own on public.ai_eval_runs for select to authenticated using (triggered_by = current_user);
