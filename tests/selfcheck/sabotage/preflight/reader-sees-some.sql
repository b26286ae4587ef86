-- life:     The gates are asked with a role that sees some of the rows, and would call them all.
-- holds:    row-security-hides-no-rows
-- object:   public.ai_training_examples
-- start:    before clean
-- as:       authenticated
grant select on public.ai_training_examples to authenticated;
create policy own on public.ai_training_examples for select to authenticated using (user_id is null);
