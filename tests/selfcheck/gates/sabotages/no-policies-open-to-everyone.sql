-- case:     everybody-reads-routing
-- object:   public.ai_provider_configs.readable
create policy readable on public.ai_provider_configs for select using (true);

-- case:     anon-writes-samples
-- object:   public.ai_eval_samples.writable
create policy writable on public.ai_eval_samples for insert to anon with check (true);

-- case:     with-a-condition
-- object:   public.ai_eval_runs.own
-- severity: warning
create policy own on public.ai_eval_runs for select to authenticated using (triggered_by = current_user);
