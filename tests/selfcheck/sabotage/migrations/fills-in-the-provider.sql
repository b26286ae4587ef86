-- life:     A trigger of the release fills in a missing provider: a runtime that says nothing is never
--           noticed.
-- catches:  soak-finds-known-trouble
-- topology: staging
-- asks:     soak
create or replace function public.fills_in() returns trigger language plpgsql set search_path = '' as $$
begin
  new.selected_provider := coalesce(new.selected_provider, 'openai');
  return new;
end
$$;
drop trigger if exists fills_in on public.ai_training_examples;
create trigger fills_in before insert or update on public.ai_training_examples
for each row execute function public.fills_in();
