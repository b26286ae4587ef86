-- case:     fallbacks-in-metadata-alone
-- object:   run 018d0000-0000-7000-8000-000000000001 fallback_used
-- start:    after sitecraft
update public.ai_eval_samples set fallback_used = false;

-- case:     providers-in-metadata-alone
-- object:   run 018d0000-0000-7000-8000-000000000001 selected_provider
-- start:    after sitecraft
update public.ai_eval_samples set selected_provider = null;
