-- life:     The view was rewritten with its columns in another order, narrower numbers, and one column more.
-- catches:  target-matches-the-reference
-- start:    traffic
drop view public.ai_eval_run_summary_v1;
create view public.ai_eval_run_summary_v1 with (security_invoker = on) as
select
  'v1' as version,
  max(s.created_at) as last_sample_at,
  min(s.created_at) as first_sample_at,
  percentile_cont(0.95) within group (order by s.latency_ms) as p95_latency_ms,
  avg(s.fallback_used::integer)::numeric(6, 5) as fallback_rate,
  avg(s.safety_html_tailwind_compliant::integer) as safety_html_tailwind_compliance,
  avg(s.published_within_7d::integer) as publish_conversion_proxy,
  avg(s.edited_after_generate::integer) as edit_after_generate_rate,
  avg(s.patch_apply_success::integer) as patch_apply_success,
  avg(s.schema_valid::integer)::real as schema_valid_rate,
  count(s.run_id)::integer as total_records,
  r.run_id
from public.ai_eval_runs r
left join public.ai_eval_samples s using (run_id)
group by r.run_id;
grant select on public.ai_eval_run_summary_v1 to service_role;
