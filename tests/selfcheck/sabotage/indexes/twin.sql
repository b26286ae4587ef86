-- life:     An advisor suggested an index that was there already, under another name.
-- warns:    no-duplicate-indexes
-- object:   public.a_copy
create index a_copy on public.ai_training_examples (selected_provider, created_at desc);
