-- life:     A tidy end of the file drops the table that keeps what gave way: nobody can tell what was routed
--           before.
-- catches:  applies-from-narrow-configs
-- topology: prod
drop table if exists public.ai_provider_configs_superseded;
