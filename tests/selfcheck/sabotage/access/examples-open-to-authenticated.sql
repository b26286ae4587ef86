-- life:     A policy "using (true)" shows every customer's prompts to every customer.
-- catches:  training-examples-are-not-exposed
-- object:   public.ai_training_examples to authenticated
grant select on public.ai_training_examples to authenticated;
create policy readable on public.ai_training_examples for select to authenticated using (true);
