-- life:     A policy for logged-in users, who have no grant, opens nothing.
create policy own on public.ai_training_examples for select to authenticated using (user_id is not null);
