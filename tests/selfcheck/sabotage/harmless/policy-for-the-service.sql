-- life:     A policy spells out that the service may do everything, which it may anyway.
create policy service on public.ai_provider_configs to service_role using (true) with check (true);
