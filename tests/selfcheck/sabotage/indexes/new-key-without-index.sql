-- life:     A foreign key to a new table was added to the hot table, without an index.
-- warns:    foreign-keys-are-indexed
-- object:   public.ai_training_examples.site_fkey
create table public.sites (id uuid primary key);
alter table public.ai_training_examples
  add constraint site_fkey foreign key (site_id) references public.sites not valid;
