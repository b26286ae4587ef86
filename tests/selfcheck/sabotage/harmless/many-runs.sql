-- life:     Two months of eval runs of every size.
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
