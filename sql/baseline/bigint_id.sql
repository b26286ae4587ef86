-- After phase1.sql: a database whose training examples are numbered with bigint.

alter table public.ai_training_examples drop column id;
alter table public.ai_training_examples add column id bigint generated always as identity primary key;
