-- life:     The migration cleans up old training examples on the way.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs
-- topology: prod
delete from public.ai_training_examples where selected_provider is null;
