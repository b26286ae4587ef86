-- life:     The summary was slow, so it was made a materialized view that nobody refreshes.
-- catches:  eval-objects-exist, eval-view-computes-the-contract, eval-view-has-its-columns,
--           release-names-are-free, service-role-can-work, target-matches-the-reference,
--           views-are-security-invoker
-- object:   public.ai_eval_run_summary_v1
alter view public.ai_eval_run_summary_v1 rename to summary;
create materialized view public.ai_eval_run_summary_v1 as select * from public.summary;
