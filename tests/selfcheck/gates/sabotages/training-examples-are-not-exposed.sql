-- case:     row-security-off
-- object:   public.ai_training_examples to anon
grant select on public.ai_training_examples to anon;
alter table public.ai_training_examples disable row level security;

-- case:     a-policy-for-authenticated
-- object:   public.ai_training_examples to authenticated
grant select on public.ai_training_examples to authenticated;
create policy readable on public.ai_training_examples for select to authenticated using (true);

-- case:     a-policy-for-everybody
-- object:   public.ai_training_examples to anon
grant insert on public.ai_training_examples to anon;
create policy writable on public.ai_training_examples with check (true);

-- case:     one-column
-- object:   public.ai_training_examples to anon
grant select (prompt) on public.ai_training_examples to anon;
create policy readable on public.ai_training_examples for select using (true);

-- case:     granted-to-everybody
-- object:   public.ai_training_examples to anon
grant select on public.ai_training_examples to public;
alter table public.ai_training_examples disable row level security;

-- case:     granted-and-kept-out
-- object:   public.ai_training_examples to anon
-- severity: warning
grant all on public.ai_training_examples to anon;

-- case:     a-policy-of-another-command
-- object:   public.ai_training_examples to anon
-- severity: warning
grant select on public.ai_training_examples to anon;
create policy deletable on public.ai_training_examples for delete to anon using (true);
