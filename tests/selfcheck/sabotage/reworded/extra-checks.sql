-- life:     Another feature adds checks of its own, which never refuse what the release writes.
-- warns:    target-matches-the-reference
alter table public.ai_provider_configs add check (length(provider) < 100);
alter table public.ai_eval_runs add check (run_type <> '');
