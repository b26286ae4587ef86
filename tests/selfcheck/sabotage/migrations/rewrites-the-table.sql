-- life:     A type is changed in place: the hot table is rewritten while every writer waits.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           columns-match-contract, gates-pass-on-the-clone
-- warns:    rollout-keeps-no-writer-waiting
-- topology: prod
alter table public.ai_training_examples alter column prompt_template_version type varchar(40);
