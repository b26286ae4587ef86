-- case:     view-in-another-order
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 with (security_invoker = on) as
select 'v1' as version, last_sample_at, first_sample_at, p95_latency_ms,
       fallback_rate::numeric(6, 5) as fallback_rate, safety_html_tailwind_compliance,
       publish_conversion_proxy, edit_after_generate_rate, patch_apply_success,
       schema_valid_rate::real as schema_valid_rate, total_records::integer as total_records, run_id
from public.summary;
grant select on public.ai_eval_run_summary_v1 to service_role;

-- case:     samples-without-latency
-- start:    traffic
update public.ai_eval_samples set latency_ms = null;

-- case:     one-sample
-- start:    traffic
delete from public.ai_eval_samples where id > (select min(id) from public.ai_eval_samples);

-- case:     a-run-in-progress
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type) values (gen_random_uuid(), 'shadow');

-- case:     an-aborted-run
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type, status, finished_at)
values (gen_random_uuid(), 'offline', 'aborted', now());

-- case:     many-runs-with-odd-counts
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type, status, started_at, finished_at)
select ('019c5f00-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, 'offline', 'passed',
       now() - make_interval(hours => n), now() - make_interval(hours => n)
from generate_series(1, 60) n;
insert into public.ai_eval_samples
  (run_id, schema_valid, patch_apply_success, edited_after_generate, published_within_7d,
   safety_html_tailwind_compliant, fallback_used, latency_ms)
select ('019c5f00-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, k % 3 > 0, k % 7 > 0, k % 2 = 0,
       k % 5 = 0, k % 11 > 0, k % 4 = 0, nullif((k * 7919 * n) % 40000, 0)
from generate_series(1, 60) n, generate_series(1, n) k;

-- case:     sitecraft-metadata-without-facts
-- start:    after sitecraft
update public.ai_eval_samples set metadata = '{"fallbackUsed": "unknown"}';
