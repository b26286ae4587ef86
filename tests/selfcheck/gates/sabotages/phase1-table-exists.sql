-- case:     missing
-- object:   public.ai_training_examples
-- start:    before clean
drop table public.ai_training_examples;

-- case:     a-view-stands-in
-- object:   public.ai_training_examples
-- start:    before clean
alter table public.ai_training_examples rename to examples;
create view public.ai_training_examples as select * from public.examples;
