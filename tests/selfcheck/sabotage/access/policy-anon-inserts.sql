-- life:     A policy lets anon insert samples, so that a browser could report its outcomes.
-- catches:  no-policies-open-to-everyone, target-matches-the-reference
-- object:   public.ai_eval_samples.writable
create policy writable on public.ai_eval_samples for insert to anon with check (true);
