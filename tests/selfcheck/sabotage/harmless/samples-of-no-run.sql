-- life:     In sitecraft's layout a sample may have no run yet.
-- start:    after sitecraft
alter table public.ai_eval_samples alter column run_id drop not null;
insert into public.ai_eval_samples
  (run_id, sample_key, schema_valid, patch_apply_success, edited_after_generate, published_within_7d,
   safety_html_tailwind_compliant, latency_ms)
values (null, 'a', true, true, true, true, true, 1);
