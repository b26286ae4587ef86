-- case:     no-site
-- object:   public.ai_training_examples.site_id
-- start:    before open-grants
alter table public.ai_training_examples drop column site_id;

-- case:     time-without-a-zone
-- object:   public.ai_training_examples.created_at
-- start:    before clean
alter table public.ai_training_examples alter column created_at type timestamp;

-- case:     metadata-is-text
-- object:   public.ai_training_examples.metadata
-- start:    before open-grants
alter table public.ai_training_examples alter column metadata drop default, alter column metadata type text;

-- case:     source-may-be-null
-- object:   public.ai_training_examples.source
-- start:    before clean
-- severity: warning
alter table public.ai_training_examples alter column source drop not null;
