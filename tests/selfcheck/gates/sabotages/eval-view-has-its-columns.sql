-- case:     missing-column
-- object:   public.ai_eval_run_summary_v1.fallback_rate
drop view public.ai_eval_run_summary_v1;
create view public.ai_eval_run_summary_v1 as select run_id from public.ai_eval_runs;

-- case:     rates-as-text
-- object:   public.ai_eval_run_summary_v1.schema_valid_rate
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records, schema_valid_rate::text, patch_apply_success, edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate, p95_latency_ms,
       first_sample_at, last_sample_at
from public.summary;

-- case:     a-copy-that-ages
-- object:   public.ai_eval_run_summary_v1
alter view public.ai_eval_run_summary_v1 rename to summary;
create materialized view public.ai_eval_run_summary_v1 as select * from public.summary;

-- case:     follows-a-table-that-was-renamed-away
-- object:   public.ai_eval_run_summary_v1
alter table public.ai_eval_samples rename to ai_eval_samples_old;
create table public.ai_eval_samples (like public.ai_eval_samples_old including all);
