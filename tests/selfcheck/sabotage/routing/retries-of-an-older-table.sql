-- life:     custom has the retries of an older table: each of its time-outs is paid twice.
-- catches:  overlay-rows-are-in-place
-- object:   prod/custom
update public.ai_provider_configs set max_retries = 1;
