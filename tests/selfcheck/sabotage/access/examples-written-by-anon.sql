-- life:     A policy without a command lets anon write training examples.
-- catches:  training-examples-are-not-exposed
-- object:   public.ai_training_examples to anon
grant insert on public.ai_training_examples to anon;
create policy writable on public.ai_training_examples with check (true);
