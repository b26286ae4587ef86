-- life:     A restrictive policy shuts anon out a second time.
create policy nobody on public.ai_eval_runs as restrictive to anon using (false);
