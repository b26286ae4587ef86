-- life:     A concurrent build that failed left an invalid index with a name of its own.
-- warns:    indexes-match-contract
-- object:   public.leftover
create index leftover on public.ai_training_examples (user_id);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'public.leftover'::regclass;
