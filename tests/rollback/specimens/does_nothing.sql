-- life:     The file was saved before the update was pasted into it: it shows the rows and changes none.
-- catches:  proof-finds-known-bad-rollbacks, rollback-drill, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state, rollback-leaves-openai-alone,
--           rollback-rehearsed-in-place
select provider, environment, enabled, is_default, weight from public.ai_provider_configs;
