-- life:     The times of the samples are shown in local time, as if they were UTC.
-- catches:  eval-view-agrees-with-samples, eval-view-computes-the-contract, target-matches-the-reference
-- start:    traffic
create or replace view public.ai_eval_run_summary_v1 with (security_invoker = true) as
select
  r.run_id,
  count(s.run_id) as total_records,
  avg(s.schema_valid::integer)::double precision as schema_valid_rate,
  avg(s.patch_apply_success::integer)::double precision as patch_apply_success,
  avg(s.edited_after_generate::integer)::double precision as edit_after_generate_rate,
  avg(s.published_within_7d::integer)::double precision as publish_conversion_proxy,
  avg(s.safety_html_tailwind_compliant::integer)::double precision as safety_html_tailwind_compliance,
  avg(s.fallback_used::integer)::double precision as fallback_rate,
  percentile_cont(0.95) within group (order by s.latency_ms) as p95_latency_ms,
  min(s.created_at) as first_sample_at,
  (max(s.created_at) at time zone 'Asia/Kolkata') at time zone 'utc' as last_sample_at
from public.ai_eval_runs r
left join public.ai_eval_samples s on s.run_id = r.run_id
group by r.run_id;
