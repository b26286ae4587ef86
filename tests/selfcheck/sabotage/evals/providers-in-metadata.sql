-- life:     In an older product database the providers stayed in metadata, and per-provider figures are
--           empty.
-- catches:  samples-carry-their-routing
-- object:   run 018d0000-0000-7000-8000-000000000001 selected_provider
-- start:    after sitecraft
update public.ai_eval_samples set selected_provider = null;
