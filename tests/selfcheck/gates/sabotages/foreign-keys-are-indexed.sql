-- case:     samples-of-an-example
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
-- severity: warning
drop index public.idx_ai_eval_samples_training_example_id;

-- case:     index-over-some-rows
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
-- severity: warning
drop index public.idx_ai_eval_samples_training_example_id;
create index on public.ai_eval_samples (training_example_id) where schema_valid;

-- case:     not-the-leading-column
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
-- severity: warning
drop index public.idx_ai_eval_samples_training_example_id;
create index on public.ai_eval_samples (run_id, training_example_id);

-- case:     a-new-key
-- object:   public.ai_training_examples.site_fkey
-- severity: warning
create table public.sites (id uuid primary key);
alter table public.ai_training_examples
  add constraint site_fkey foreign key (site_id) references public.sites not valid;
