-- life:     Phase 1 was rolled out in an early form, in which examples belong to no site.
-- catches:  phase1-columns-have-their-types
-- object:   public.ai_training_examples.site_id
-- start:    before open-grants
alter table public.ai_training_examples drop column site_id;
