-- life:     A rate was cast to text for display, and comparing it with a number fails or lies.
-- catches:  eval-view-computes-the-contract, eval-view-has-its-columns, service-role-can-work,
--           target-matches-the-reference, views-are-security-invoker
-- object:   public.ai_eval_run_summary_v1.schema_valid_rate
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records, schema_valid_rate::text, patch_apply_success, edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate, p95_latency_ms,
       first_sample_at, last_sample_at
from public.summary;
