-- life:     The training examples were moved and a view left in their place; columns can't be added to it.
-- catches:  phase1-table-exists, training-id-can-be-referenced
-- warns:    phase1-columns-have-their-types
-- object:   public.ai_training_examples
-- start:    before clean
alter table public.ai_training_examples rename to examples;
create view public.ai_training_examples as select * from public.examples;
