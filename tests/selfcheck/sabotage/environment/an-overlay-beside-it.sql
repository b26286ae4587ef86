-- life:     The overlay of staging was pasted into prod, beside prod's own.
-- warns:    target-is-of-its-environment
-- start:    traffic
insert into public.ai_provider_configs (provider, environment, is_default, metadata)
values ('openai', 'staging', true, '{"env": "staging"}');
