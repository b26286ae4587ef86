-- life:     anon may select by grant and delete by policy, which is one mistake away from reading.
-- warns:    training-examples-are-not-exposed
-- object:   public.ai_training_examples to anon
grant select on public.ai_training_examples to anon;
create policy deletable on public.ai_training_examples for delete to anon using (true);
