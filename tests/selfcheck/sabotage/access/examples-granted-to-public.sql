-- life:     A grant to PUBLIC on the prompts, with row level security off.
-- catches:  row-level-security-is-on, training-examples-are-not-exposed
-- object:   public.ai_training_examples to anon
grant select on public.ai_training_examples to public;
alter table public.ai_training_examples disable row level security;
