-- life:     One column, the prompt, is granted to anon for a showcase.
-- catches:  training-examples-are-not-exposed
-- object:   public.ai_training_examples to anon
grant select (prompt) on public.ai_training_examples to anon;
create policy readable on public.ai_training_examples for select using (true);
