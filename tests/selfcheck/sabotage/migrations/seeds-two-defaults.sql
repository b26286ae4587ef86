-- life:     The file drops the unique index because its seed collided, and makes custom a second default.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           gates-pass-on-the-clone, indexes-match-contract, release-applies-again-without-a-trace
-- topology: prod
drop index public.idx_ai_provider_configs_default_per_env;
update public.ai_provider_configs set is_default = true where provider = 'custom';
