-- life:     Samples of an older product database say nothing of their routing in metadata.
-- start:    after sitecraft
update public.ai_eval_samples set metadata = '{"fallbackUsed": "unknown"}';
