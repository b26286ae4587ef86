-- life:     A materialized copy of the prompts has no row level security at all.
-- catches:  views-are-security-invoker
-- object:   public.prompts
create materialized view public.prompts as select prompt from public.ai_training_examples;
grant select on public.prompts to authenticated;
