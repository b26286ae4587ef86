-- life:     A name is misspelled, and the first to find out is whoever has the incident.
-- catches:  overlay-brings-routing-back, proof-finds-known-bad-rollbacks,
--           rollback-changes-configuration-only, rollback-holds-from-any-state,
--           rollback-holds-from-every-starting-state, rollback-works-on-the-clone
-- holds:    rollback-drill, rollback-rehearsed-in-place
-- asks:     rollback place clone
update public.ai_provider_config set enabled = provider = 'openai';
