-- life:     Prompts are granted to anon and row level security is off: anybody can read them.
-- catches:  row-level-security-is-on, training-examples-are-not-exposed
-- object:   public.ai_training_examples to anon
grant select on public.ai_training_examples to anon;
alter table public.ai_training_examples disable row level security;
