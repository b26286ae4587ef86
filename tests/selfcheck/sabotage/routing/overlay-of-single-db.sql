-- life:     The overlay for a single database was pasted into a project of its own.
-- catches:  overlay-rows-are-in-place, target-is-of-its-environment
-- object:   prod/custom
update public.ai_provider_configs set metadata = metadata || '{"env": "single-db"}';
