-- life:     A view of the latest prompts, granted to anon, reads past row level security.
-- catches:  views-are-security-invoker
-- object:   public.latest_prompts
create view public.latest_prompts as select prompt from public.ai_training_examples;
grant select on public.latest_prompts to anon;
