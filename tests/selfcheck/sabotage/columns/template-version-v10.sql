-- life:     A default that a tool assembles from parts reads like v1 at a glance, and is v10.
-- catches:  columns-match-contract, target-matches-the-reference
-- object:   public.ai_training_examples.prompt_template_version
alter table public.ai_training_examples alter column prompt_template_version set default 'v1'::text || '0';
