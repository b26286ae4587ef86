-- case:     runs-without-a-key
-- object:   public.ai_eval_runs.run_id
alter table public.ai_eval_runs drop constraint ai_eval_runs_pkey cascade;

-- case:     key-of-provider-and-environment
-- object:   public.ai_provider_configs.ai_provider_configs_pkey
alter table public.ai_provider_configs drop constraint ai_provider_configs_pkey;
alter table public.ai_provider_configs add constraint ai_provider_configs_pkey
  primary key (provider, environment);

-- case:     samples-outlive-their-run
-- object:   public.ai_eval_samples.run_id
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey;

-- case:     samples-hold-their-run
-- object:   public.ai_eval_samples.ai_eval_samples_run_id_fkey
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_run_id_fkey
  foreign key (run_id) references public.ai_eval_runs;

-- case:     samples-hold-their-example
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.ai_training_examples on delete restrict;

-- case:     examples-take-their-samples-along
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
-- start:    after sitecraft
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.ai_training_examples on delete cascade;

-- case:     not-validated
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.ai_training_examples on delete set null not valid;

-- case:     not-enforced
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
-- postgres: 18
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.ai_training_examples on delete set null not enforced;

-- case:     of-another-table
-- object:   public.ai_eval_samples.ai_eval_samples_training_example_id_fkey
create table public.examples (id uuid primary key);
alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey;
alter table public.ai_eval_samples add constraint ai_eval_samples_training_example_id_fkey
  foreign key (training_example_id) references public.examples on delete set null;

-- case:     sitecraft-adds-samples-twice
-- object:   public.ai_eval_samples.run_id+sample_key
-- start:    after sitecraft
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_sample_key_key;

-- case:     sitecraft-adds-some-samples-twice
-- object:   public.ai_eval_samples.run_id+sample_key
-- start:    after sitecraft
alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_sample_key_key;
create unique index on public.ai_eval_samples (run_id, sample_key) where schema_valid;
