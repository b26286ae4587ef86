-- life:     The runtime does not say whether an answer is safe, and a default would say that it is.
-- holds:    guardrails-hold
update public.ai_training_examples set metadata = metadata - 'safetyHtmlTailwindCompliant';
