-- Somebody tries something in dev.

insert into public.ai_provider_configs (provider, environment, enabled, is_default, weight)
values ('custom', 'dev', true, true, 100)
on conflict (provider, environment) do update set enabled = true, is_default = true
