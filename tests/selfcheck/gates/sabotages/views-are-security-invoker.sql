-- case:     the-summary
-- object:   public.ai_eval_run_summary_v1
alter view public.ai_eval_run_summary_v1 reset (security_invoker);

-- case:     the-summary-said-no
-- object:   public.ai_eval_run_summary_v1
alter view public.ai_eval_run_summary_v1 set (security_invoker = off);

-- case:     another-view-of-the-prompts
-- object:   public.latest_prompts
create view public.latest_prompts as select prompt from public.ai_training_examples;
grant select on public.latest_prompts to anon;

-- case:     a-view-upon-a-view
-- object:   public.second
create view public.first with (security_invoker = true) as select prompt from public.ai_training_examples;
create view public.second as select * from public.first;
grant select on public.second to public;

-- case:     a-materialized-view
-- object:   public.prompts
create materialized view public.prompts as select prompt from public.ai_training_examples;
grant select on public.prompts to authenticated;
