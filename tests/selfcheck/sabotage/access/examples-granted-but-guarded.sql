-- life:     Older projects grant everything to anon by default; only row level security keeps it out.
-- warns:    training-examples-are-not-exposed
-- object:   public.ai_training_examples to anon
grant all on public.ai_training_examples to anon;
