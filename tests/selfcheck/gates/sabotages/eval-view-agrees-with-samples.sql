-- case:     nothing-to-compare
-- object:   public.ai_eval_runs
-- start:    traffic
-- outcome:  HOLD
-- severity: warning
delete from public.ai_eval_runs;

-- case:     rates-of-what-passed
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records, schema_valid_rate, patch_apply_success, edit_after_generate_rate + 0.002
         as edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate, p95_latency_ms,
       first_sample_at, last_sample_at
from public.summary;

-- case:     another-percentile
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select v.run_id, total_records, schema_valid_rate, patch_apply_success, edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate,
       (select percentile_disc(0.95) within group (order by s.latency_ms)
        from public.ai_eval_samples s where s.run_id = v.run_id)::double precision as p95_latency_ms,
       first_sample_at, last_sample_at
from public.summary v;

-- case:     latencies-left-out
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records, schema_valid_rate, patch_apply_success, edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate,
       null::double precision as p95_latency_ms, first_sample_at, last_sample_at
from public.summary;

-- case:     some-samples-left-out
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records - 1 as total_records, schema_valid_rate, patch_apply_success,
       edit_after_generate_rate, publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate,
       p95_latency_ms, first_sample_at, last_sample_at
from public.summary;

-- case:     sample-times-off-by-an-offset
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records, schema_valid_rate, patch_apply_success, edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate, p95_latency_ms,
       first_sample_at, last_sample_at + interval '5 hours 30 minutes' as last_sample_at
from public.summary;

-- case:     runs-without-samples-left-out
-- object:   run 019c5f00-0000-7000-8000-000000000002
-- start:    traffic
insert into public.ai_eval_runs (run_id, run_type) values ('019c5f00-0000-7000-8000-000000000002', 'canary');
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as select * from public.summary where total_records > 0;

-- case:     each-run-twice
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select * from public.summary union all select * from public.summary;

-- case:     samples-of-a-run-that-is-gone
-- object:   run 019c5f00-0000-7000-8000-000000000001
-- start:    traffic
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey;
delete from public.ai_eval_runs;

-- case:     sitecraft-runs-left-out
-- object:   run 018d0000-0000-7000-8000-000000000001
-- start:    after sitecraft
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as select * from public.summary where false;

-- case:     sitecraft-fallbacks-uncounted
-- object:   run 018d0000-0000-7000-8000-000000000001
-- start:    after sitecraft
alter view public.ai_eval_run_summary_v1 rename to summary;
create view public.ai_eval_run_summary_v1 as
select run_id, total_records, schema_valid_rate, patch_apply_success, edit_after_generate_rate,
       publish_conversion_proxy, safety_html_tailwind_compliance, 0::double precision as fallback_rate,
       p95_latency_ms, first_sample_at, last_sample_at
from public.summary;
