-- life:     In an older product database the fallbacks stayed in metadata, and the rate says 0.
-- catches:  samples-carry-their-routing
-- object:   run 018d0000-0000-7000-8000-000000000001 fallback_used
-- start:    after sitecraft
update public.ai_eval_samples set fallback_used = false;
